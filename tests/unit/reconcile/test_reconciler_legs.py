"""On which leg an object's outcome says that its fault was met, and whether that leg works for others."""

from dataclasses import replace

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.legs import Leg, LegFault, LegKind
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

BUCKET = Leg(LegKind.BUCKET, "shop")


class World:
    def __init__(self) -> None:
        self.clock, self.store, self.index = VirtualClock(), FakeObjectStore(), FakeImageIndex()
        self.reconciler = a_reconciler(self.store, self.index, self.clock)
        for key in ("a.jpg", "b.jpg"):
            self.store.put("shop", key, jpeg())
        self.store.put("shop", "bad.jpg", b"no picture")

    def run(self, key: str, *changes: ObjectChange) -> Outcome:
        ref = ObjectRef("aws", "shop", key)
        return self.reconciler.reconcile(ref, Deadline.after(self.clock, 60.0), changes)

    def fail(self, key: str, port: str, method: str, reason: Reason = Reason.NETWORK) -> LegFault | None:
        faults = {"store": self.store.faults, "index": self.index.faults}[port]
        faults.script(method, *[IngestError(reason, "down") for _ in range(5)])
        outcome = self.run(key)
        assert outcome.reason is reason
        return outcome.leg_fault


@pytest.fixture
def world() -> World:
    return World()


LEGS = [
    ("a.jpg", "b.jpg", "store", "fetch", BUCKET),
    ("a.jpg", "b.jpg", "store", "head", BUCKET),
    ("a.jpg", "b.jpg", "index", "upload", Leg(LegKind.UPLOAD)),
    ("a.jpg", "b.jpg", "index", "add", Leg(LegKind.ADD)),
    ("gone.jpg", "gone-too.jpg", "index", "delete", Leg(LegKind.DELETE)),
]


@pytest.mark.parametrize(("key", "other", "port", "method", "leg"), LEGS, ids=[row[3] for row in LEGS])
def test_fault_names_its_leg(world: World, *, key: str, other: str, port: str, method: str, leg: Leg) -> None:
    assert world.fail(key, port, method) == LegFault(leg, works_for_others=False)
    assert world.run(other).reason is None
    assert world.fail(key, port, method) == LegFault(leg, works_for_others=True)


def test_retries_within_a_call_are_one_result(world: World) -> None:
    """Another object that succeeds between two tries of one call is no proof."""

    def succeed_elsewhere() -> None:
        world.run("b.jpg")
        raise IngestError(Reason.NETWORK, "down")

    world.index.faults.script("add", IngestError(Reason.NETWORK, "down"), succeed_elsewhere, lambda: None)
    for _ in range(3):
        world.index.faults.script("add", IngestError(Reason.NETWORK, "down"))
    assert world.run("a.jpg").leg_fault == LegFault(Leg(LegKind.ADD))
    assert "b.jpg" in {pic_name for _, pic_name in world.index.entries}
    assert world.fail("a.jpg", "index", "add") == LegFault(Leg(LegKind.ADD))


def test_swallowed_fault_is_no_failure(world: World) -> None:
    """A call that succeeds after retries leaves the proof of others as it is."""
    world.fail("a.jpg", "index", "add")
    world.index.faults.script("add", IngestError(Reason.NETWORK, "down"))
    assert world.run("b.jpg").retries == 1
    assert world.fail("a.jpg", "index", "add") == LegFault(Leg(LegKind.ADD), works_for_others=True)


def test_fault_of_preparing_has_no_leg(world: World) -> None:
    assert world.run("bad.jpg").leg_fault is None


def test_changing_object_has_no_leg(world: World) -> None:
    for number in range(3):
        world.index.faults.script("add", lambda n=number: world.store.put("shop", "a.jpg", jpeg(100 + n)))
    outcome = world.run("a.jpg")
    assert (outcome.reason, outcome.leg_fault, outcome.is_own_fault) == (Reason.OBJECT_CHANGING, None, True)


def test_refused_object_has_a_fault_of_its_own(world: World) -> None:
    refusal = IngestError(Reason.ACCESS_DENIED, "no", attempts=1)
    for works in (False, True):
        world.store.faults.script("fetch", refusal)
        assert world.run("a.jpg").leg_fault == LegFault(BUCKET, works_for_others=works)
        assert world.run("b.jpg").result is Result.ADDED


def test_look_after_a_fault_does_not_hide_its_leg(world: World) -> None:
    """After a lost answer the reconciler looks at the bucket, and that may fail too."""
    world.store.faults.script("head", *[IngestError(Reason.TIMEOUT, "down") for _ in range(5)])
    assert world.fail("a.jpg", "index", "add") == LegFault(Leg(LegKind.ADD))


# A bug may be anywhere, so it counts against the whole way.


@pytest.mark.parametrize(("other", "works"), [("b.jpg", True), ("bad.jpg", True), ("gone.jpg", True), (None, False)])
def test_bug_is_the_objects_own_if_others_go_the_whole_way(world: World, other: str | None, *, works: bool) -> None:
    def bug() -> None:
        raise KeyError("oops")

    for expected in (False, works):
        world.index.faults.script("add", bug)
        outcome = world.run("a.jpg")
        assert outcome.reason is Reason.INTERNAL_ERROR
        assert outcome.leg_fault == LegFault(Leg(LegKind.WHOLE), works_for_others=expected)
        if other:
            world.run(other)


def test_failed_object_does_not_go_the_whole_way(world: World) -> None:
    def bug() -> None:
        raise KeyError("oops")

    for _ in range(2):
        world.index.faults.script("add", bug)
        outcome = world.run("a.jpg")
        world.fail("b.jpg", "store", "fetch")
    assert outcome.leg_fault == LegFault(Leg(LegKind.WHOLE))


# The other reading of a key is not another object.


def test_other_reading_is_no_proof(world: World) -> None:
    """The usual reading succeeds (the bucket has no such key) in each attempt, before the other one fails."""
    data = jpeg()
    world.store.put("shop", "a b.jpg", data)
    etag = world.store.buckets["shop"]["a b.jpg"].state.etag
    ref = ObjectRef("aws", "shop", "a+b.jpg")
    change = ObjectChange(
        ref, ChangeKind.CREATED, "ObjectCreated:Put", "a+b.jpg", other_key="a b.jpg", etag=etag, size=len(data)
    )
    for _ in range(2):
        world.store.faults.script("fetch", lambda: None)
        world.store.faults.script("fetch", *[IngestError(Reason.NETWORK, "down") for _ in range(5)])
        outcome = world.run("a+b.jpg", change)
        assert outcome.ref == replace(ref, key="a b.jpg")
        assert outcome.leg_fault == LegFault(BUCKET)
