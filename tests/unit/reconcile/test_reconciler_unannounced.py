"""Objects run at once within the sizes that events announce. A larger object is in memory alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.bucket_reader import UNANNOUNCED_BYTES
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import encode, scene

COUNT = 4
LARGE = encode(scene(1000, 900), "BMP")
KEYS = [f"shoes/{number}.bmp" for number in range(COUNT)]


class Meeting(FakeImageIndex):
    """An index whose adds wait for each other, as long as they all run at once."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self._now = 0
        self._counting = threading.Lock()
        self._all_here = threading.Event()

    def add(self, *arguments: object) -> object:
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == COUNT:
                self._all_here.set()
        self._all_here.wait(0.2)
        try:
            return super().add(*arguments)
        finally:
            with self._counting:
                self._now -= 1


class World:
    def __init__(self, max_source_bytes: int = 10 * len(LARGE)) -> None:
        self.store, self.index, self.clock = FakeObjectStore(), Meeting(), VirtualClock()
        self.reconciler = a_reconciler(self.store, self.index, self.clock, max_source_bytes=max_source_bytes)

    def reconcile_all(self, announced_bytes: int | None, kind: ChangeKind = ChangeKind.CREATED) -> list[Outcome]:
        with ThreadPoolExecutor(COUNT) as executor:
            return list(executor.map(lambda key: self.reconcile(key, announced_bytes, kind), KEYS))

    def reconcile(self, key: str, announced_bytes: int | None, kind: ChangeKind = ChangeKind.CREATED) -> Outcome:
        ref = ObjectRef("aws", "shop", key)
        change = ObjectChange(ref, kind, "ObjectCreated:Put", key, size=announced_bytes)
        return self.reconciler.reconcile(ref, Deadline.after(self.clock, 60), [change])


@pytest.fixture
def world() -> World:
    world = World()
    for key in KEYS:
        world.store.put("shop", key, LARGE)
    return world


def test_large_picture_exceeds_the_allowance() -> None:
    assert len(LARGE) > UNANNOUNCED_BYTES + 1


def test_announced_objects_run_at_once(world: World) -> None:
    assert {outcome.result for outcome in world.reconcile_all(len(LARGE))} == {Result.ADDED}
    assert world.index.most == COUNT


@pytest.mark.parametrize("announced_bytes", [1, None])
def test_larger_objects_than_announced_run_one_at_a_time(world: World, announced_bytes: int | None) -> None:
    assert {outcome.result for outcome in world.reconcile_all(announced_bytes)} == {Result.ADDED}
    assert world.index.most == 1


def test_objects_announced_as_removed_run_one_at_a_time(world: World) -> None:
    assert {outcome.result for outcome in world.reconcile_all(None, ChangeKind.REMOVED)} == {Result.ADDED}
    assert world.index.most == 1


def test_object_gone_between_both_reads_is_deleted(world: World) -> None:
    world.store.faults.script("fetch", lambda: None, lambda: world.store.remove("shop", KEYS[0]))
    assert world.reconcile(KEYS[0], 1).reason is None
    assert world.reconcile(KEYS[1], 1).result is Result.ADDED, "the turn was not given back"


def test_too_large_object_gives_its_turn_back() -> None:
    world = World(max_source_bytes=len(LARGE) - 1)
    world.store.put("shop", KEYS[0], LARGE)
    world.store.put("shop", KEYS[1], LARGE[:-1])
    assert world.reconcile(KEYS[0], 1).reason is Reason.OBJECT_TOO_LARGE
    assert world.reconcile(KEYS[1], 1).reason is not Reason.NOT_BEGUN
    assert world.reconciler.reader.unannounced.acquire(blocking=False)


def test_object_without_a_turn_is_handed_back(world: World) -> None:
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with world.reconciler.reader.unannounced:
            held.set()
            over.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    ref = ObjectRef("aws", "shop", KEYS[0])
    change = ObjectChange(ref, ChangeKind.CREATED, "ObjectCreated:Put", KEYS[0], size=1)
    outcome = world.reconciler.reconcile(ref, Deadline.after(world.clock, 0.05), [change])
    over.set()
    thread.join()
    assert outcome.reason is Reason.NOT_BEGUN
