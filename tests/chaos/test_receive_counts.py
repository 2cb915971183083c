"""Check the arithmetic of docs/settling.md: a waiting record stays in the queue for 14 days and is never redriven.

The queue itself would redrive a record at its 1,000th receive, without a reason. Each cause of waiting is simulated by
itself, for as long as the queue keeps a message.
"""

import random
import re
from pathlib import Path

import pytest

from imagesearch_ingest.entrypoints.lambda_worker import MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos.bucket import Action
from tests.chaos.faults import INDEX, INDEX_CHANGES, KILLED_BEFORE, OUTAGES, OVERDUE, THROTTLED, Fault, ScheduledFault
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


def check_expired(world: World) -> None:
    """Check that the record expired after 14 days, well before its 1,000th receive."""
    assert len(world.sqs.expired) == 1
    assert not world.sqs.redriven
    assert not world.ledger.letters
    assert 14 * DAY <= world.timeline.now < 15 * DAY
    assert 300 < world.sqs.highest_receive_count < 900


@pytest.mark.parametrize(
    "fault",
    [lasting(INDEX_CHANGES, THROTTLED), lasting(INDEX, OVERDUE)],
    ids=["throttled", "systemic"],
)
def test_waiting_record_is_kept_to_expiry(fault: ScheduledFault) -> None:
    check_expired(run_one_upload(a_world(fault)))


def test_record_never_begun_is_kept_to_expiry() -> None:
    world = run_one_upload(a_world(invocation_seconds=6.0))
    check_expired(world)
    assert not world.instance.added


def test_wrong_settings_keep_record_to_expiry() -> None:
    world = a_world()
    for source in world.sources:
        queue = InterceptedEventQueue(world.sqs, source.slot.calls)
        fault = SettingsError("INGEST_INSTANCE_NAME is not set.")
        source.new_worker = lambda queue=queue, fault=fault: MisconfiguredWorker(fault, queue, random.Random(1))
    check_expired(run_one_upload(world))


def test_transient_fault_ends_within_an_hour() -> None:
    down = next(fault for operations, fault in OUTAGES if Operation.FETCH in operations)
    world = run_one_upload(a_world(lasting((Operation.FETCH,), down)))
    (letter,) = world.ledger.letters
    assert letter.receive_count == 8
    assert world.timeline.now < 3600
    world.check()


def test_killed_workers_keep_record_to_expiry() -> None:
    """A killed worker defers nothing, so the record comes back after the visibility timeout."""
    check_expired(run_one_upload(a_world(lasting((Operation.FETCH,), KILLED_BEFORE))))


def test_simulated_limits_are_the_templates() -> None:
    template, stream = ((_ROOT / name).read_text(encoding="utf-8") for name in ("template.yaml", "s.yaml"))
    queue = template.partition("\n  Queue:")[2].partition("\n\n")[0]
    limits, world = QueueLimits(), a_world()
    assert _number("VisibilityTimeout", queue) == limits.visibility_seconds
    assert _number("MessageRetentionPeriod", queue) == limits.retention_seconds
    assert _number("maxReceiveCount", queue) == limits.max_receives
    assert _number("MaximumBatchingWindowInSeconds", template) == world.setup.window_seconds
    assert _number("      Timeout", template) == TIMEOUTS["aws"]
    assert _number("MessageRetentionPeriod", stream) == SMQ_LIMITS.retention_seconds
    assert _number("      timeout", stream) == TIMEOUTS["alibaba"]


def _number(name: str, text: str) -> int:
    found = re.search(rf"{name}: (\d+)", text)
    assert found, name
    return int(found[1])
