"""Details of an outcome, and what is looked at before an object is read, prepared or added."""

from dataclasses import replace

import pytest

from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

KEY = "2092061/front.jpg"
GOOD = jpeg()
ETAG = f"etag-{hash(GOOD)}"  # as the fake makes it


class World:
    def __init__(self) -> None:
        self.clock, self.store, self.index = VirtualClock(), FakeObjectStore(), FakeImageIndex()
        self.clock.sleep(100.0)
        self.store.put("shop", KEY, GOOD)
        self.reconciler = a_reconciler(self.store, self.index, self.clock)

    def reconcile(self, key: str = KEY, *changes: ObjectChange) -> Outcome:
        return self.reconciler.reconcile(ObjectRef("aws", "shop", key), Deadline.after(self.clock, 60), changes)


@pytest.fixture
def world() -> World:
    return World()


def created(key: str, **fields: object) -> ObjectChange:
    return ObjectChange(ObjectRef("aws", "shop", key), ChangeKind.CREATED, "ObjectCreated:Put", key, **fields)


def test_duration_starts_with_the_object(world: World) -> None:
    world.store.faults.script("fetch", lambda: world.clock.sleep(2.0))
    outcome = world.reconcile()
    assert (outcome.milliseconds, outcome.milliseconds_waited) == (2000, 0)


def test_changing_object_has_three_attempts(world: World) -> None:
    pictures = [jpeg(320, 201 + number) for number in range(9)]
    world.index.faults.script("add", *[lambda data=data: world.store.put("shop", KEY, data) for data in pictures])
    outcome = world.reconcile()
    assert (outcome.reason, world.index.adds) == (Reason.OBJECT_CHANGING, 3)
    assert outcome.detail == "the object was replaced 3 times while it was being indexed"


def test_rejected_object_says_which_content_it_had(world: World) -> None:
    world.store.put("shop", KEY, b"no picture")
    outcome = world.reconcile()
    assert (outcome.reason, outcome.state.size) == (Reason.NOT_AN_IMAGE, 10)


def test_existing_object_is_preferred_to_its_other_reading(world: World) -> None:
    world.store.put("shop", "2092061/other.jpg", GOOD)
    outcome = world.reconcile(KEY, created(KEY, other_key="2092061/other.jpg", etag=ETAG, size=len(GOOD)))
    assert outcome.ref.key == KEY
    assert list(world.index.entries) == [("2092061", KEY)]


@pytest.mark.parametrize(
    ("key", "data", "reason"),
    [
        ("shoes/", b"", Reason.FOLDER_MARKER),
        ("shoes/a.jpg", b"", Reason.OBJECT_EMPTY),
        ("shoes/a.jpg/", GOOD, None),
    ],
)
def test_only_an_empty_folder_is_a_marker(world: World, key: str, data: bytes, reason: Reason | None) -> None:
    world.store.put("shop", key, data)
    assert world.reconcile(key).reason is reason


@pytest.mark.parametrize(("target", "reason"), [("public/a.jpg", None), ("private/a.jpg", Reason.EXCLUDED)])
def test_link_to_an_excluded_key_is_not_followed(world: World, target: str, reason: Reason | None) -> None:
    source = world.store.buckets["shop"][KEY]
    world.store.buckets["shop"][KEY] = replace(source, link_target=target)
    world.reconciler = replace(world.reconciler, rule=IdentityRule.from_settings(exclude=("private/*",)))
    outcome = world.reconcile()
    assert outcome.reason is reason
    assert world.index.adds == (reason is None)


def test_lost_answer_is_not_repeated_without_a_look(world: World) -> None:
    """Whether the object has changed is unknown, and its record comes back anyway."""
    world.index.faults.script("add", *[IngestError(Reason.TIMEOUT, "no answer")] * 5)
    world.store.faults.script("head", *[IngestError(Reason.NETWORK, "down")] * 5)
    outcome = world.reconcile()
    assert (outcome.reason, world.index.adds) == (Reason.TIMEOUT, 5)


def test_lost_answer_is_repeated_if_the_object_has_changed(world: World) -> None:
    lost = [IngestError(Reason.TIMEOUT, "no answer")] * 5
    world.index.faults.script("add", *lost)
    world.store.faults.script("head", lambda: world.store.put("shop", KEY, jpeg(200, 200)))
    assert world.reconcile().result is Result.ADDED


def test_removed_key_under_an_excluded_prefix_is_excluded(world: World) -> None:
    world.reconciler = replace(world.reconciler, rule=IdentityRule.from_settings(exclude=("*.txt",)))
    removed = replace(created("a.txt"), kind=ChangeKind.REMOVED)
    assert world.reconcile("a.txt", removed).reason is Reason.EXCLUDED


def test_created_key_without_ids_is_refused(world: World) -> None:
    key = "x" * 300
    assert world.reconcile(key, created(key)).reason is Reason.KEY_TOO_LONG
    removed = replace(created(key), kind=ChangeKind.REMOVED)
    assert world.reconcile(key, removed, created(key)).reason is Reason.KEY_TOO_LONG


@pytest.mark.parametrize(("sizes", "allowed"), [((), 2_000_000), ((None,), 2_000_000), ((None, 7, 5), 2_000_007)])
def test_largest_announced_size_is_allowed(sizes: tuple[int | None, ...], allowed: int) -> None:
    world, fetched = World(), []
    world.reconciler = a_reconciler(world.store, world.index, world.clock, max_source_bytes=9_000_000)
    plain = world.store.fetch
    world.store.fetch = lambda ref, max_bytes: fetched.append(max_bytes) or plain(ref, max_bytes)
    world.reconcile(KEY, *(created(KEY, size=size) for size in sizes))
    assert fetched == [allowed]


@pytest.mark.parametrize(("bucket", "reason"), [("shop", None), ("other", Reason.OTHER_BUCKET), (None, None)])
def test_only_the_named_bucket_is_taken(world: World, bucket: str | None, reason: Reason | None) -> None:
    world.reconciler = replace(world.reconciler, bucket=bucket)
    assert world.reconcile().reason is reason


def test_refusal_before_the_add_costs_no_second_look(world: World) -> None:
    world.store.put("shop", KEY, b"no picture")
    world.store.faults.script("head", lambda: pytest.fail("the index cannot have changed"))
    assert world.reconcile().reason is Reason.NOT_AN_IMAGE


def test_slot_is_that_of_an_add(world: World) -> None:
    assert world.reconciler.seconds_until_slot() == 0.0
