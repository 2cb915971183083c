import random
from dataclasses import replace

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from tests.support.batch_world import World, a_world, record


@pytest.fixture
def world() -> World:
    return a_world()


def test_late_events_cost_only_a_look(world: World) -> None:
    for number, kind in enumerate((ChangeKind.CREATED, ChangeKind.REMOVED, ChangeKind.CREATED)):
        assert world.run(record(number, "a.jpg", kind=kind), record(number + 10, "a.jpg", kind=kind)) == []
    assert len(world.index.entries) == 1
    assert world.index.adds == 3
    assert len(world.queue.acked) == 6


def test_late_object_is_handed_back_untouched(world: World) -> None:
    assert world.run(record(1, "a.jpg", receives=50), seconds=4.0) == ["m1"]
    assert world.index.adds == 0
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.NOT_BEGUN]
    assert not world.dead_letters.letters


def test_systemic_fault_stops_the_batch(world: World) -> None:
    world.index.faults.script("add", IngestError(Reason.CREDENTIALS, "who are you?"))
    assert world.run(*(record(n, key, receives=99) for n, key in enumerate(("a.jpg", "b.jpg", "c.jpg")))) == [
        "m0",
        "m1",
        "m2",
    ]
    assert world.index.adds == 1
    assert not world.dead_letters.letters
    assert all(1350 <= seconds <= 2250 for seconds in world.queue.deferred.values())


def test_one_object_probes_after_an_outage(world: World) -> None:
    records = [record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg")]
    world.index.faults.script("add", *[IngestError(Reason.INSTANCE_UNAVAILABLE, "overdue")] * 2)
    world.run(*records)
    world.run(*records)
    assert world.index.adds == 2
    assert world.run(*records) == []
    assert len(world.index.entries) == 3


def test_probe_without_a_request_proves_nothing(world: World) -> None:
    world.index.faults.script("add", *[IngestError(Reason.CREDENTIALS, "who?")] * 2)
    world.run(record(1, "a.jpg"))
    handed_back = world.run(record(2, "bad.jpg"), record(3, "a.jpg"), record(4, "b.jpg"))
    assert handed_back == ["m3", "m4"]
    assert world.index.adds == 2
    assert [letter.code for letter in world.dead_letters.letters] == ["not_an_image"]


def test_full_instance_still_takes_deletes(world: World) -> None:
    world.index.faults.script("add", IngestError(Reason.INSTANCE_FULL, "full"))
    assert world.run(record(1, "a.jpg"), record(2, "gone.jpg", kind=ChangeKind.REMOVED)) == ["m1"]
    assert world.results() == [("a.jpg", "failed"), ("gone.jpg", "deleted")]
    assert not world.dead_letters.letters


def test_several_events_of_one_object_cost_one_add(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "a.jpg", "a.jpg")) == []
    assert world.index.adds == 1
    assert world.queue.acked == ["r1", "r2"]


@pytest.mark.parametrize("receives", [1, 3, 999])
def test_every_picture_is_isolated(world: World, receives: int) -> None:
    assert world.run(record(1, "a.jpg", receives=receives), record(2, "b.jpg")) == []
    assert len(world.isolated.seconds) == 2
    assert len(world.index.entries) == 2


def test_crashing_picture_is_dead_lettered_alone(world: World) -> None:
    world.isolated.faults.script("prepare", IngestError(Reason.WORKER_CRASH, "SIGSEGV"))
    assert world.run(*(record(n, key) for n, key in enumerate(("a.jpg", "b.jpg", "c.jpg")))) == []
    assert world.results() == [("a.jpg", "rejected"), ("b.jpg", "added"), ("c.jpg", "added")]
    assert [(letter.code, letter.source.key) for letter in world.dead_letters.letters] == [("worker_crash", "a.jpg")]
    assert world.queue.acked == ["r0", "r1", "r2"]


def test_picture_without_time_is_not_blamed(world: World) -> None:
    world.isolated.faults.script("prepare", IngestError(Reason.NOT_BEGUN, "no time"))
    assert world.run(record(1, "a.jpg", receives=500)) == ["m1"]
    assert not world.dead_letters.letters


def test_slow_objects_keep_no_object_out_for_good(world: World) -> None:
    """Otherwise the worker could not learn that objects are fast again."""
    world.batch.concurrency.seconds = 1000.0
    for number in range(60):
        assert world.run(record(number, "a.jpg")) == []
    assert world.batch.concurrency.seconds < 1
    assert world.run(*(record(number, key) for number, key in enumerate(("a.jpg", "b.jpg")))) == []


def test_waiting_does_not_count_as_duration(world: World) -> None:
    reconciler = world.batch.reconciler
    slow = replace(reconciler.writer, add_limiter=RateLimiter(world.clock, random.Random(1), 0.1))
    world.batch.reconciler = replace(reconciler, writer=slow)
    world.run(record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg"))
    assert world.clock.seconds > 15
    assert world.batch.concurrency.seconds < 1
