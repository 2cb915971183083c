"""Two workers with one object. Index and bucket agree, whatever the second does between two steps of the first.

Events may come twice, late, or in another order: each of them is only a reason to look at the bucket.
"""

from collections.abc import Callable
from itertools import permutations

import pytest

from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

KEY = "2092061/front.jpg"
REF = ObjectRef("aws", "shop", KEY)
IDS = ("2092061", KEY)
GOOD, OTHER = jpeg(120, 110), jpeg(110, 120)


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = FakeObjectStore()
        self.store.buckets["shop"] = {}
        self.index = FakeImageIndex()
        self.reconciler = a_reconciler(self.store, self.index, self.clock)

    def upload(self) -> None:
        self.store.put("shop", KEY, GOOD)

    def overwrite(self) -> None:
        self.store.put("shop", KEY, OTHER)

    def change_metadata(self) -> None:
        self.store.put("shop", KEY, GOOD, {"imagesearch-int-attr": "5"})

    def remove(self) -> None:
        self.store.remove("shop", KEY)

    def restore(self) -> None:
        self.remove()
        self.upload()

    def reconcile(self, *kinds: ChangeKind) -> Outcome:
        changes = [ObjectChange(REF, kind, kind, KEY) for kind in kinds]
        return self.reconciler.reconcile(REF, Deadline.after(self.clock, 60), changes)

    def before(self, call: str, act: Callable[[], object]) -> None:
        port = self.store if call in ("fetch", "head") else self.index
        port.faults.script(call, lambda: act() and None)

    def agrees(self) -> bool:
        held = self.store.buckets["shop"].get(KEY)
        entry = self.index.entries.get(IDS)
        if held is None or entry is None:
            return held is None and entry is None
        attribute = held.state.metadata.get("imagesearch-int-attr")
        return entry.pic_content == held.data and entry.int_attr == (int(attribute) if attribute else None)


ACTS = (World.overwrite, World.change_metadata, World.remove, World.restore, World.upload)
CALLS = ("fetch", "add", "delete", "head")
ORDERS = list(permutations((World.upload, World.remove, World.overwrite)))
KINDS = sorted(set(permutations((ChangeKind.CREATED, ChangeKind.REMOVED, ChangeKind.CREATED))))


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("there", [True, False], ids=["there", "gone"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
@pytest.mark.parametrize("call", CALLS)
def test_second_worker_between_two_steps_of_the_first(
    world: World, call: str, act: Callable[[World], None], *, there: bool
) -> None:
    """The second worker handles the newer event and ends before the first one goes on."""
    world.upload()
    world.reconcile()
    if not there:
        world.remove()

    met = []

    def meanwhile() -> None:
        act(world)
        assert world.reconcile().result in (Result.ADDED, Result.DELETED)
        met.append(call)

    world.before(call, meanwhile)
    world.reconcile()
    assert world.agrees()
    assert met or call == ("delete" if there else "add")  # a request that the first worker has no reason for


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(act.__name__ for act in order))
def test_changes_between_any_two_steps(world: World, order: tuple[Callable[[World], None], ...]) -> None:
    """No other worker corrects the index, and the last event comes later and finds nothing to do."""
    for call, act in zip(("fetch", "head", "head"), order, strict=True):
        world.before(call, lambda act=act: act(world))
    world.reconcile()
    assert world.reconcile().result in (Result.ADDED, Result.DELETED)
    assert world.agrees()


@pytest.mark.parametrize("kinds", KINDS, ids="-".join)
@pytest.mark.parametrize("there", [True, False], ids=["there", "gone"])
def test_order_of_events_does_not_matter(world: World, kinds: tuple[ChangeKind, ...], *, there: bool) -> None:
    world.upload()
    world.reconcile()
    if not there:
        world.remove()
    for kind in kinds:
        world.reconcile(kind)
        assert world.agrees()


def test_late_removal_leaves_the_restored_object(world: World) -> None:
    world.upload()
    world.reconcile(ChangeKind.CREATED)
    world.restore()
    assert world.reconcile(ChangeKind.REMOVED).result is Result.ADDED
    assert world.agrees()


def test_too_large_object_that_vanishes_comes_back(world: World) -> None:
    """A dead letter would describe the content that the event announced, which was another one."""
    world.store.put("shop", KEY, b"x" * 1_000_001)
    world.before("head", world.upload)
    assert world.reconcile().reason is Reason.OBJECT_CHANGING
    assert world.reconcile().result is Result.ADDED
    assert world.agrees()


def test_unannounced_folder_marker_is_skipped(world: World) -> None:
    """A restored marker is announced as the removal of a delete marker."""
    ref = ObjectRef("aws", "shop", "folder/")
    world.store.put("shop", ref.key, b"")
    outcome = world.reconciler.reconcile(ref, Deadline.after(world.clock, 60))
    assert (outcome.result, outcome.reason) == (Result.SKIPPED, Reason.FOLDER_MARKER)
    assert not world.index.entries


LOST = IngestError(Reason.TIMEOUT, "no answer")
LAST_WORDS = [LOST, IngestError(Reason.SERVICE_REJECTED, "PictureError")]


@pytest.mark.parametrize("last", LAST_WORDS, ids=lambda fault: fault.reason.code)
@pytest.mark.parametrize("newer", [World.overwrite, World.remove, World.change_metadata], ids=lambda act: act.__name__)
def test_late_add_with_a_lost_answer_is_corrected(
    world: World, newer: Callable[[World], None], last: IngestError
) -> None:
    """Another worker has added the newer content and has seen no change, so only this worker can correct it."""
    world.upload()
    held = world.store.buckets["shop"][KEY]

    def meanwhile() -> None:
        newer(world)
        world.reconcile()
        world.index.add(world.index.upload(held.data), request_of(held.data))  # the first worker's request arrives
        raise LOST

    world.before("add", meanwhile)
    # The second worker's add, the late one, and the remaining tries, of which only the last changes something.
    passes = 2 if newer is not World.remove else 1
    world.index.faults.script("add", *[lambda: None] * passes, *[LOST] * 3, last)
    world.reconcile()
    assert world.agrees()


def test_late_delete_with_a_lost_answer_is_corrected(world: World) -> None:
    world.upload()
    world.reconcile()
    world.remove()

    def meanwhile() -> None:
        world.upload()
        world.reconcile()
        world.index.entries.clear()  # the first worker's request arrives
        raise LOST

    world.before("delete", meanwhile)
    world.index.faults.script("delete", *[LOST] * 4)
    world.reconcile()
    assert world.agrees()


def request_of(data: bytes) -> AddImageRequest:
    return AddImageRequest(instance_name="demo", product_id=IDS[0], pic_name=IDS[1], pic_content=data)
