"""Check the arithmetic of docs/settling.md: no waiting record leaves the queue by its age or its receives.

SQS drops a message after 14 days, and redrives it at its 1,000th receive, without a reason. Each cause of waiting is
simulated by itself, for as long as the queue keeps a message.
"""

import random
import re
from pathlib import Path

from imagesearch_ingest.entrypoints.lambda_worker import MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos.bucket import Action
from tests.chaos.calls import WorkerClock
from tests.chaos.faults import INDEX, INDEX_CHANGES, KILLED_BEFORE, OVERDUE, RESET, THROTTLED, Fault, ScheduledFault
from tests.chaos.setup import TIMEOUTS, Setup
from tests.chaos.simulation import World
from tests.support.intercepted import InterceptedEventQueue, Operation
from tests.support.queues import DAY, SMQ_LIMITS, QueueLimits

_ROOT = Path(__file__).parents[2]


def a_world(*scheduled_faults: ScheduledFault, **options: float) -> World:
    """Return a world without other faults than these."""
    lasting = {"scheduled_faults": scheduled_faults, "full": (0.0, 0.0, 0), "faults_end": 0.0}
    return World(Setup("aws", 1, 0, 0.0, quiet=True, **lasting, **options))


def lasting(operations: tuple[Operation, ...], fault: Fault) -> ScheduledFault:
    return ScheduledFault(operations, fault, 0.0, 30 * DAY)


def run_one_upload(world: World) -> World:
    world.uploaders.schedule(0.0, "p/1.jpg", Action.PUT)
    world.run()
    return world


def check_ended(world: World, reason: str, receives: range) -> None:
    """Check that the record was dead-lettered in its last day, after so many receives."""
    world.check()
    (letter,) = world.ledger.letters
    assert letter.code == reason
    assert 13 * DAY <= world.timeline.now < 14 * DAY
    assert letter.receive_count in receives
    assert not world.sqs.size


def check_expired(world: World, receives: range) -> None:
    """Check that the record expired after 14 days: no worker could settle it."""
    assert len(world.sqs.expired) == 1
    assert not world.sqs.redriven
    assert not world.ledger.letters
    assert 14 * DAY <= world.timeline.now < 15 * DAY
    assert world.sqs.highest_receive_count in receives


def test_throttled_record_ends_in_its_last_day() -> None:
    check_ended(run_one_upload(a_world(lasting(INDEX_CHANGES, THROTTLED))), "throttled", range(500, 800))


def test_record_of_an_outage_ends_in_its_last_day() -> None:
    check_ended(run_one_upload(a_world(lasting(INDEX, RESET))), "network", range(70, 110))


def test_record_of_a_systemic_fault_ends_in_its_last_day() -> None:
    check_ended(run_one_upload(a_world(lasting(INDEX, OVERDUE))), "instance_unavailable", range(70, 110))


def test_record_never_begun_ends_in_its_last_day() -> None:
    world = run_one_upload(a_world(invocation_seconds=6.0))
    check_ended(world, "not_begun", range(500, 800))
    assert not world.instance.added


def test_wrong_settings_keep_record_to_expiry() -> None:
    """Without its settings, the function knows no dead-letter queue."""
    world = a_world()
    for source in world.sources:
        calls, fault = source.slot.calls, SettingsError("INGEST_INSTANCE_NAME is not set.")
        queue, clock = InterceptedEventQueue(world.sqs, calls), WorkerClock(calls)
        worker = MisconfiguredWorker(fault, queue, clock, random.Random(1))
        source.new_worker = lambda worker=worker: worker
    check_expired(run_one_upload(world), range(70, 110))


def test_killed_workers_keep_record_to_expiry() -> None:
    """A killed worker defers nothing, so the record comes back after the visibility timeout."""
    check_expired(run_one_upload(a_world(lasting((Operation.FETCH,), KILLED_BEFORE))), range(600, 700))


def test_own_fault_ends_within_an_hour() -> None:
    """Others are added meanwhile, which proves that the bucket works."""
    fault = ScheduledFault((Operation.FETCH,), RESET, 0.0, DAY, frozenset({"p/1.jpg"}))
    world = a_world(fault)
    for number in range(2, 62):
        world.uploaders.schedule(number * 60.0, f"p/{number}.jpg", Action.PUT)
    run_one_upload(world)
    world.check()
    (letter,) = world.ledger.letters
    assert letter.receive_count == 8
    assert letter.failed_at < "2026-01-01T01:00:00"


def test_simulated_limits_are_the_templates() -> None:
    template, stream = ((_ROOT / name).read_text(encoding="utf-8") for name in ("template.yaml", "template.ros.yaml"))
    queue = template.partition("\n  Queue:")[2].partition("\n\n")[0]
    limits, world = QueueLimits(), a_world()
    assert _number("VisibilityTimeout", queue) == limits.visibility_seconds
    assert _number("MessageRetentionPeriod", queue) == limits.retention_seconds
    assert _number("maxReceiveCount", queue) == limits.max_receives
    assert _number("MaximumBatchingWindowInSeconds", template) == world.setup.window_seconds
    assert _number("      Timeout", template) == TIMEOUTS["aws"]
    assert _number("MessageRetentionPeriod", stream) == SMQ_LIMITS.retention_seconds
    assert _number("      Timeout", stream) == TIMEOUTS["alibaba"]


def _number(name: str, text: str) -> int:
    found = re.search(rf"{name}: (\d+)", text)
    assert found, name
    return int(found[1])
