"""When a batch starts an object: in which order, how many at once, and with how much time left."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.legs import Leg, LegFault, LegKind
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from tests.support.batch_world import World, a_world, record
from tests.support.fakes import InlineExecutor


class RecordingExecutor(InlineExecutor):
    """An executor that notes the name of each function it is given."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def submit(self, fn, /, *args, **kwargs):
        self.names.append(getattr(fn, "func", fn).__name__)
        return super().submit(fn, *args, **kwargs)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def executor(world: World) -> RecordingExecutor:
    world.batch.executor = RecordingExecutor()
    return world.batch.executor


TWO_AT_ONCE = ["_reconcile", "_reconcile", "settle", "settle"]
ONE_AFTER_THE_OTHER = ["_reconcile", "settle", "_reconcile", "settle"]


def announced(number: int, key: str, *sizes: int | None) -> EventRecord:
    """Return a record with one event for each size."""
    plain = record(number, *[key] * len(sizes))
    changes = (replace(change, size=size) for change, size in zip(plain.changes, sizes, strict=True))
    return replace(plain, changes=tuple(changes))


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ((600,), (400,), TWO_AT_ONCE),
        ((600,), (401,), ONE_AFTER_THE_OTHER),
        ((1, 600, 2), (401,), ONE_AFTER_THE_OTHER),
        ((1000,), (None,), TWO_AT_ONCE),
        ((1000,), (1,), ONE_AFTER_THE_OTHER),
    ],
)
def test_announced_sizes_bound_the_objects_at_once(
    world: World, executor: RecordingExecutor, first: tuple[int, ...], second: tuple[int | None, ...], order: list[str]
) -> None:
    world.batch.concurrency = ConcurrencyLimit(100.0, max=100, max_bytes=1000)
    assert world.run(announced(1, "a.jpg", *first), announced(2, "b.jpg", *second)) == []
    assert executor.names == order


def test_announced_sizes_reach_the_reader(world: World) -> None:
    """An object within its announced size needs no turn of its own, however large it is."""
    world.store.put("shop", "a.jpg", b"x" * 3_000_000)
    world.batch.reconciler = replace(
        world.batch.reconciler, reader=replace(world.batch.reconciler.reader, max_source_bytes=9_000_000)
    )
    fetches: list[int] = []
    plain = world.store.fetch
    world.store.fetch = lambda ref, max_bytes: fetches.append(max_bytes) or plain(ref, max_bytes)
    world.run(announced(1, "a.jpg", 3_000_000))
    assert fetches == [5_000_000]


def test_objects_wait_for_room(world: World, executor: RecordingExecutor) -> None:
    world.batch.concurrency = ConcurrencyLimit(0.01, max=100, max_bytes=10**9)
    world.run(record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg"))
    assert executor.names == [*TWO_AT_ONCE, "_reconcile", "settle"]


def test_record_without_objects_is_settled_first(world: World, executor: RecordingExecutor) -> None:
    world.run(record(1, "a.jpg"), record(2, notes=(Note(Reason.TEST_EVENT, "test"),)))
    assert executor.names == ["settle", "_reconcile", "settle"]


# During an outage.


def stop(world: World, reason: Reason = Reason.CREDENTIALS) -> None:
    """Let one object find out that the instance refuses everything."""
    world.index.faults.script("add", IngestError(reason, "refused", service_code="NoPermission"))
    world.run(record(0, "a.jpg"))
    assert world.batch.outage is not None


def test_after_a_successful_probe_all_start_at_once(world: World, executor: RecordingExecutor) -> None:
    """The probe itself runs in the caller's thread."""
    stop(world)
    executor.names.clear()
    assert world.run(record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg")) == []
    assert executor.names == ["settle", "_reconcile", "_reconcile", "settle", "settle"]
    assert world.batch.outage is None


def test_after_a_probe_without_proof_the_next_one_probes(world: World, executor: RecordingExecutor) -> None:
    stop(world)
    executor.names.clear()
    assert world.run(record(1, "bad.jpg"), record(2, "a.jpg"), record(3, "b.jpg")) == []
    assert executor.names == ["settle", "settle", "_reconcile", "settle"]


def test_outage_outlasts_a_batch_without_objects(world: World) -> None:
    stop(world)
    assert world.run(record(1, notes=(Note(Reason.TEST_EVENT, "test"),))) == []
    assert world.batch.outage is not None


def test_outage_outlasts_a_probe_without_proof(world: World) -> None:
    stop(world)
    assert world.run(record(1, "bad.jpg")) == []
    assert world.batch.outage is not None


def test_probe_needs_only_the_usual_time(world: World) -> None:
    stop(world)
    world.batch.concurrency.seconds = 1000.0
    assert world.run(record(1, "a.jpg")) == []


def test_objects_behind_an_outage_share_its_reason(world: World) -> None:
    stop(world)
    world.reporter.outcomes.clear()
    world.index.faults.script("add", IngestError(Reason.CREDENTIALS, "refused", service_code="NoPermission"))
    world.run(record(1, "a.jpg"), record(2, "b.jpg"))
    probe, stopped = world.reporter.outcomes
    assert probe.detail == "refused"
    assert stopped == Outcome(
        Result.FAILED,
        stopped.ref,
        Reason.CREDENTIALS,
        "not started, since: refused",
        service_code="NoPermission",
        index_holds=IndexHolds.PREVIOUS,
        leg_fault=LegFault(Leg(LegKind.ADD)),
    )
    assert stopped.ref.key == "b.jpg"


# The time left.


@pytest.mark.parametrize(("seconds", "handed_back"), [(5.0, []), (4.9, ["m1"])])
def test_object_alone_needs_the_usual_time(world: World, seconds: float, handed_back: list[str]) -> None:
    assert world.run(record(1, "a.jpg"), seconds=seconds) == handed_back


@pytest.mark.parametrize(
    ("usual", "seconds", "handed_back"),
    [(10.0, 16.1, []), (10.0, 15.9, ["m2"]), (0.1, 5.1, []), (0.1, 4.9, ["m1", "m2"])],
)
def test_further_objects_need_twice_the_recent_duration(
    world: World, usual: float, seconds: float, handed_back: list[str]
) -> None:
    """The first object takes no time, after which ten seconds have become eight."""
    world.batch.concurrency.seconds = usual
    assert world.run(record(1, "a.jpg"), record(2, "b.jpg"), seconds=seconds) == handed_back


def test_time_until_the_slot_is_needed_as_well(world: World) -> None:
    slow = RateLimiter(world.clock, random.Random(1), 0.1)
    reconciler = world.batch.reconciler
    world.batch.reconciler = replace(reconciler, writer=replace(reconciler.writer, add_limiter=slow))
    assert world.run(record(1, "a.jpg"), seconds=12.0) == []
    assert world.run(record(2, "b.jpg"), seconds=12.0) == ["m2"]
    assert len(world.index.uploads) == 1


def test_not_begun_says_how_much_time_was_left(world: World) -> None:
    world.run(record(1, "a.jpg"), seconds=4.0)
    (outcome,) = world.reporter.outcomes
    assert (outcome.result, outcome.reason) == (Result.FAILED, Reason.NOT_BEGUN)
    assert (outcome.detail, outcome.index_holds) == ("4.0 s were left", IndexHolds.PREVIOUS)
    assert outcome.service_code is None


def test_duration_of_an_added_object_is_learnt(world: World) -> None:
    world.store.faults.script("fetch", lambda: world.clock.sleep(2.0))
    world.run(record(1, "a.jpg"))
    assert world.batch.concurrency.seconds == pytest.approx(1.2)


def test_duration_of_a_rejected_object_is_not_learnt(world: World) -> None:
    world.store.faults.script("fetch", lambda: world.clock.sleep(2.0))
    world.run(record(1, "bad.jpg"))
    assert world.batch.concurrency.seconds == 1.0


# On threads.


def test_slow_object_is_waited_for(world: World) -> None:
    with ThreadPoolExecutor(8) as world.batch.executor:
        world.store.faults.script("fetch", lambda: time.sleep(0.05))
        assert world.run(record(1, "a.jpg"), record(2, "b.jpg")) == []
    assert sorted(world.queue.acked) == ["r1", "r2"]
    assert world.reporter.batches == 1


def test_record_is_settled_while_others_run(world: World) -> None:
    acknowledged = threading.Event()
    seen: list[bool] = []
    world.queue.faults.script("ack", acknowledged.set)
    world.store.faults.script("fetch", lambda: None, lambda: seen.append(acknowledged.wait(10)))
    with ThreadPoolExecutor(8) as world.batch.executor:
        assert world.run(record(1, "a.jpg"), record(2, "b.jpg")) == []
    assert seen == [True]
