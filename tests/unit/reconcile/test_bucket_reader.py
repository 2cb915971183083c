import random
from contextlib import ExitStack
from dataclasses import replace

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.progress import Progress
from tests.support.fakes import FakeObjectStore, VirtualClock

REF = ObjectRef("aws", "shop", "a+b.jpg")
OTHER = replace(REF, key="a b.jpg")
DATA = b"twelve bytes"
ETAG = f"etag-{hash(DATA)}"  # as the fake makes it


class RecordingStore(FakeObjectStore):
    """A store that notes every request."""

    def __init__(self) -> None:
        super().__init__()
        self.buckets["shop"] = {}
        self.fetched: list[int] = []
        self.heads: list[str | None] = []

    def fetch(self, ref: ObjectRef, max_bytes: int) -> object:
        self.fetched.append(max_bytes)
        return super().fetch(ref, max_bytes)

    def head(self, ref: ObjectRef) -> ObjectState | None:
        self.heads.append(ref.key)
        return super().head(ref)


class World:
    def __init__(self, max_source_bytes: int = 10_000_000) -> None:
        self.clock, self.store = VirtualClock(), RecordingStore()
        self.reader = BucketReader(self.store, Retrier(self.clock, random.Random(1), 1.0), max_source_bytes)

    def progress(self, announced_bytes: int = 0) -> Progress:
        return Progress(REF, Budget(Deadline.after(self.clock, 60)), announced_bytes=announced_bytes)

    def fetch(self, announced_bytes: int = 0) -> Progress:
        progress = self.progress(announced_bytes)
        with ExitStack() as alone:
            self.reader.fetch(progress, alone)
        return progress


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(("announced", "allowed"), [(0, 2_000_000), (5, 2_000_005), (7_999_999, 9_999_999)])
def test_object_may_be_two_megabytes_larger_than_announced(world: World, announced: int, allowed: int) -> None:
    world.fetch(announced)
    assert world.store.fetched == [allowed]


def test_large_announcement_allows_the_limit(world: World) -> None:
    world.fetch(8_000_000)
    assert world.store.fetched == [10_000_000]


def test_unannounced_object_is_fetched_again_up_to_the_limit(world: World) -> None:
    world.store.put("shop", REF.key, b"x" * 2_000_001)
    world.fetch()
    assert world.store.fetched == [2_000_000, 10_000_000]


# Too large.


def refuse(world: World) -> Progress:
    progress = world.progress()
    with ExitStack() as alone, pytest.raises(IngestError) as error:
        world.reader.fetch(progress, alone)
    assert progress.state is None or error.value.reason is Reason.OBJECT_TOO_LARGE
    assert error.value.reason in {Reason.OBJECT_TOO_LARGE, Reason.OBJECT_CHANGING}
    return progress


def test_state_of_a_too_large_object_is_noted() -> None:
    world = World(max_source_bytes=11)
    world.store.put("shop", REF.key, DATA)
    assert refuse(world).state.size == 12


@pytest.mark.parametrize("then", [b"x" * 11, None])
def test_object_replaced_while_it_was_read_is_changing(then: bytes | None) -> None:
    """After the refusal, the object is small enough or gone."""
    world = World(max_source_bytes=11)
    world.store.put("shop", REF.key, DATA)
    shrink = (lambda: world.store.remove("shop", REF.key)) if then is None else None
    world.store.faults.script("head", shrink or (lambda: world.store.put("shop", REF.key, then)))
    assert refuse(world).state is None


# The other reading of a key.


def change(**fields: object) -> ObjectChange:
    known = {"other_key": OTHER.key, "etag": ETAG, "size": len(DATA)}
    return ObjectChange(REF, ChangeKind.CREATED, "ObjectCreated:Put", REF.key, **known | fields)


def test_other_reading_is_found_by_its_content(world: World) -> None:
    world.store.put("shop", OTHER.key, DATA)
    changes = [change(other_key=None), change()]
    assert world.reader.find_other_reading(changes, world.progress()) == OTHER
    assert world.store.heads == ["a b.jpg"]


@pytest.mark.parametrize(
    "fields",
    [{"other_key": None}, {"other_key": REF.key}, {"etag": None}, {"size": None}],
    ids=["no other key", "same key", "no ETag", "no size"],
)
def test_incomplete_event_costs_no_request(world: World, fields: dict[str, object]) -> None:
    world.store.put("shop", OTHER.key, DATA)
    assert world.reader.find_other_reading([change(**fields)], world.progress()) is None
    assert world.store.heads == []


@pytest.mark.parametrize("fields", [{"etag": "another"}, {"size": 1}], ids=["ETag", "size"])
def test_other_content_is_another_object(world: World, fields: dict[str, object]) -> None:
    world.store.put("shop", OTHER.key, DATA)
    assert world.reader.find_other_reading([change(**fields)], world.progress()) is None


@pytest.mark.parametrize("reason", [Reason.BUCKET_FORBIDDEN, Reason.LINK_BROKEN])
def test_unreadable_other_reading_is_another_object(world: World, reason: Reason) -> None:
    world.store.faults.script("head", IngestError(reason, "no"))
    assert world.reader.find_other_reading([change()], world.progress()) is None


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.BUCKET_MISSING])
def test_outage_under_the_other_reading_is_raised(world: World, reason: Reason) -> None:
    world.store.faults.script("head", *[IngestError(reason, "no")] * 5)
    with pytest.raises(IngestError) as error:
        world.reader.find_other_reading([change()], world.progress())
    assert error.value.reason is reason


def test_other_fault_is_raised_without_a_second_fetch(world: World) -> None:
    world.store.faults.script("fetch", IngestError(Reason.BUCKET_FORBIDDEN, "no"))
    with pytest.raises(IngestError, match="bucket_forbidden"):
        world.fetch()
    assert world.store.fetched == [2_000_000]


def test_object_announced_as_too_large_is_fetched_once() -> None:
    world = World(max_source_bytes=2_000_012)
    world.store.put("shop", REF.key, b"x" * 2_000_013)
    with pytest.raises(IngestError, match="object_too_large"):
        world.fetch(announced_bytes=12)
    assert world.store.fetched == [2_000_012]
