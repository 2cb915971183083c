"""What only a person can end: nobody else has to do anything, and nothing is dead-lettered for it."""

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.chaos.bucket import Act
from tests.chaos.faults import INDEX, OVERDUE, Weather
from tests.chaos.setup import CLOUDS, Setup
from tests.chaos.simulation import World
from tests.chaos.uploaders import HOUR

_WEEKEND = 60 * HOUR
_RECEIVES_OF_A_WEEKEND = 60 * 2 * 4 / 3  # half an hour each, a quarter less at the least


def a_weekend(cloud: str, objects: int) -> World:
    """The instance is overdue. One upload in twenty comes on Saturday or Sunday, the others in Sunday night's import.

    Calls take no time, and batches are gathered for longer than the template says: both only cost in a simulation.
    """
    overdue = Weather(INDEX, OVERDUE, 0.0, _WEEKEND)
    world = World(
        Setup(
            cloud,
            seed=1,
            objects=0,
            faults=0.0,
            weather=(overdue,),
            faults_end=_WEEKEND,
            batch_size=250,
            quiet=True,
            slowness=0.0,
            window_seconds=10.0,
        )
    )
    for number in range(objects):
        earlier = not number % 20
        begins, ends = (0.0, _WEEKEND - 6 * HOUR) if earlier else (_WEEKEND - 6 * HOUR, _WEEKEND)
        world.people.do(begins + (ends - begins) * number / objects, f"p{number % 97}/{number}.jpg", Act.PUT)
    world.run()
    return world


def check_weekend(world: World, objects: int) -> None:
    world.check()
    assert not world.ledger.letters
    assert len(world.instance.entries) == objects
    assert world.timeline.now >= _WEEKEND


@pytest.mark.parametrize("objects", [200, pytest.param(50_000, marks=pytest.mark.slow)])
def test_a_weekend_on_aws_ends_by_itself(objects: int) -> None:
    world = a_weekend("aws", objects)
    check_weekend(world, objects)
    assert 60 < world.sqs.most_receives < _RECEIVES_OF_A_WEEKEND + 8


@pytest.mark.parametrize("objects", [200, pytest.param(50_000, marks=pytest.mark.slow)])
def test_a_weekend_on_alibaba_takes_one_act_of_a_person(objects: int) -> None:
    """The stream tries for a day and then stands still (ADR 15); all the rest waits in the queue, for seven days."""
    world = a_weekend("alibaba", objects)
    check_weekend(world, objects)
    assert world.stream.stops == 1


def calls_of_an_outage() -> tuple[int, int]:
    """Of two hours with three hundred uploads waiting: how many calls met it, and how many invocations there were."""
    overdue = Weather(INDEX, OVERDUE, 0.0, 2 * HOUR)
    options = {"weather": (overdue,), "full": (0.0, 0.0, 0), "faults_end": 2 * HOUR}
    world = World(Setup("aws", 1, 0, 0.0, batch_size=100, window_seconds=60.0, **options))
    for number in range(300):
        world.people.do(0.0, f"p/{number}.jpg", Act.PUT)
    world.run()
    world.check()
    return world.journal.counts["overdue"], sum(lane.lane.invocations for lane in world.lanes)


def test_an_outage_costs_a_call_an_invocation_and_not_one_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker remembers it. The calls are billed, and an instance that comes back would have to take all at once."""
    calls, invocations = calls_of_an_outage()
    assert calls <= invocations
    monkeypatch.setattr(Reason, "stops_batch", property(lambda _: False))
    forgetful, _ = calls_of_an_outage()
    assert forgetful > 5 * calls


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_full_instance_takes_deletes_and_then_adds(cloud: str) -> None:
    """Thirty uploads, room for twenty; then fifteen are removed, some of those that wait among them."""
    world = World(Setup(cloud, 1, 0, 0.0, weather=(), full=(0.0, 30 * 24 * HOUR, 20), faults_end=0.0))
    keys = [f"p/{number}.jpg" for number in range(30)]
    most: list[int] = []
    for number, key in enumerate(keys):
        world.people.do(number * 10.0, key, Act.PUT)
    for key in keys[::2]:
        world.people.do(2 * HOUR, key, Act.REMOVE)
    world.people.do(2 * HOUR - 1, "p/0.jpg", Act.PUT)
    world.timeline.at(2 * HOUR - 2, lambda: most.append(len(world.instance.entries)))
    world.run()
    world.check()
    assert most == [20]
    assert not world.ledger.letters
    assert sorted(name for _, name in world.instance.entries) == sorted(keys[1::2])
    assert world.timeline.now < 4 * HOUR
