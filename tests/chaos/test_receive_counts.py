"""docs/settling.md's arithmetic: what waits for a person waits out the queue's fortnight before its thousandth receive.

At that one the queue itself would put the record into the dead-letter queue, with no reason. Each cause is simulated
alone, for as long as the queue keeps a message.
"""

import random
import re
from pathlib import Path

import pytest

from imagesearch_ingest.entrypoints.lambda_worker import MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos import smq
from tests.chaos.bucket import Act
from tests.chaos.faults import CHANGES_OF_INDEX, INDEX, KILLED_BEFORE, OVERDUE, STORMS, Fault, Port, Weather
from tests.chaos.ports import EventQueue
from tests.chaos.setup import TIMEOUTS, Setup
from tests.chaos.simulation import World
from tests.chaos.sqs import DAY, QueueSettings

_ROOT = Path(__file__).parents[2]
_THROTTLED = STORMS[0][1]


def a_fortnight(*weather: Weather, **options: float) -> World:
    """For one upload, with weather that does not change."""
    return World(Setup("aws", 1, 0, 0.0, weather=weather, full=(0.0, 0.0, 0), faults_end=0.0, quiet=True, **options))


def lasting(ports: tuple[Port, ...], fault: Fault) -> Weather:
    return Weather(ports, fault, 0.0, 30 * DAY)


def run(world: World) -> World:
    world.people.do(0.0, "p/1.jpg", Act.PUT)
    world.run()
    return world


def check_kept_to_its_end(world: World) -> None:
    assert len(world.sqs.expired) == 1
    assert not world.sqs.redriven
    assert not world.ledger.letters
    assert 14 * DAY <= world.timeline.now < 15 * DAY
    assert 300 < world.sqs.most_receives < 900


@pytest.mark.parametrize(
    "weather",
    [lasting(CHANGES_OF_INDEX, _THROTTLED), lasting(INDEX, OVERDUE)],
    ids=["throttled", "systemic"],
)
def test_what_waits_is_kept_for_the_fortnight(weather: Weather) -> None:
    check_kept_to_its_end(run(a_fortnight(weather)))


def test_what_is_never_begun_is_kept_for_the_fortnight() -> None:
    world = run(a_fortnight(invocation_seconds=6.0))
    check_kept_to_its_end(world)
    assert not world.instance.added


def test_while_the_settings_are_wrong_all_is_kept_for_the_fortnight() -> None:
    world = a_fortnight()
    for lane in world.lanes:
        queue, fault = EventQueue(lane.lane.calls, world.sqs), SettingsError("INGEST_INSTANCE_NAME is not set.")
        lane.new_worker = lambda queue=queue, fault=fault: MisconfiguredWorker(fault, queue, random.Random(1))
    check_kept_to_its_end(run(world))


def test_a_transient_fault_ends_within_the_hour() -> None:
    down = next(fault for ports, fault in STORMS if Port.FETCH in ports)
    world = run(a_fortnight(lasting((Port.FETCH,), down)))
    (letter,) = world.ledger.letters
    assert letter.receive_count == 8
    assert world.timeline.now < 3600
    world.check()


def test_while_the_function_always_dies_all_is_kept_for_the_fortnight() -> None:
    """Nobody is there to hide anything: that is left to the visibility timeout."""
    check_kept_to_its_end(run(a_fortnight(lasting((Port.FETCH,), KILLED_BEFORE))))


def test_the_simulated_queues_are_the_templates() -> None:
    template, stream = ((_ROOT / name).read_text(encoding="utf-8") for name in ("template.yaml", "s.yaml"))
    queue = template.partition("\n  Queue:")[2].partition("\n\n")[0]
    settings, world = QueueSettings(), a_fortnight()
    assert _number("VisibilityTimeout", queue) == settings.visibility_seconds
    assert _number("MessageRetentionPeriod", queue) == settings.retention_seconds
    assert _number("maxReceiveCount", queue) == settings.most_receives
    assert _number("MaximumBatchingWindowInSeconds", template) == world.setup.window_seconds
    assert _number("      Timeout", template) == TIMEOUTS["aws"]
    assert _number("MessageRetentionPeriod", stream) == 7 * smq.DAY
    assert _number("      timeout", stream) == TIMEOUTS["alibaba"]


def _number(name: str, text: str) -> int:
    found = re.search(rf"{name}: (\d+)", text)
    assert found, name
    return int(found[1])
