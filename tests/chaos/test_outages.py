"""What an outage of the instance costs, and a full instance."""

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.chaos.bucket import Action
from tests.chaos.faults import INDEX, OVERDUE, ScheduledFault
from tests.chaos.setup import CLOUDS, Setup
from tests.chaos.simulation import World
from tests.chaos.uploaders import HOUR


def count_outage_calls() -> tuple[int, int]:
    """Return how many calls met an outage of two hours with 300 waiting uploads, and the number of invocations."""
    overdue = ScheduledFault(INDEX, OVERDUE, 0.0, 2 * HOUR)
    options = {"scheduled_faults": (overdue,), "full": (0.0, 0.0, 0), "faults_end": 2 * HOUR}
    world = World(Setup("aws", 1, 0, 0.0, batch_size=100, window_seconds=60.0, **options))
    for number in range(300):
        world.uploaders.schedule(0.0, f"p/{number}.jpg", Action.PUT)
    world.run()
    world.check()
    return world.journal.counts["overdue"], sum(source.slot.invocations for source in world.sources)


def test_outage_costs_one_call_per_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker remembers the outage. Otherwise each upload would cost a call, which is billed."""
    calls, invocations = count_outage_calls()
    assert calls <= invocations
    monkeypatch.setattr(Reason, "stops_batch", property(lambda _: False))
    forgetful_calls, _ = count_outage_calls()
    assert forgetful_calls > 5 * calls


@pytest.mark.parametrize("cloud", CLOUDS)
def test_full_instance_deletes_then_adds(cloud: str) -> None:
    """Thirty uploads find room for twenty. Then fifteen objects are removed, some of them still waiting."""
    world = World(Setup(cloud, 1, 0, 0.0, scheduled_faults=(), full=(0.0, 30 * 24 * HOUR, 20), faults_end=0.0))
    keys = [f"p/{number}.jpg" for number in range(30)]
    entries_when_full: list[int] = []
    for number, key in enumerate(keys):
        world.uploaders.schedule(number * 10.0, key, Action.PUT)
    for key in keys[::2]:
        world.uploaders.schedule(2 * HOUR, key, Action.REMOVE)
    world.uploaders.schedule(2 * HOUR - 1, "p/0.jpg", Action.PUT)
    world.timeline.at(2 * HOUR - 2, lambda: entries_when_full.append(len(world.instance.entries)))
    world.run()
    world.check()
    assert entries_when_full == [20]
    assert not world.ledger.letters
    assert sorted(name for _, name in world.instance.entries) == sorted(keys[1::2])
    assert world.timeline.now < 4 * HOUR
