"""Worlds with one outage that lasts for minutes or for weeks, and with many records that wait for its end."""

from tests.chaos.bucket import Action
from tests.chaos.faults import Fault, ScheduledFault
from tests.chaos.setup import Setup
from tests.chaos.simulation import World
from tests.chaos.uploaders import UploadPattern
from tests.support.intercepted import Operation
from tests.support.queues import DAY


def lasting(operations: tuple[Operation, ...], fault: Fault, seconds: float) -> ScheduledFault:
    return ScheduledFault(operations, fault, 0.0, seconds)


def run_outage(cloud: str, outage: ScheduledFault, objects: int, *, arriving_days: float = 0.0) -> World:
    """Return a world after the outage. The uploads come at once, or evenly over ``arriving_days``.

    Calls take no time, the instance is large, and batches are gathered for longer than in the templates: this makes
    the simulation faster.
    """
    world = World(
        Setup(
            cloud,
            seed=1,
            objects=0,
            faults=0.0,
            scheduled_faults=(outage,),
            full=(0.0, 0.0, 0),
            faults_end=outage.ends,
            batch_size=2500,
            quiet=True,
            slowness=0.0,
            window_seconds=900.0 if outage.ends > DAY else 10.0,
            adds_per_second=50.0,
            pattern=UploadPattern(announced_twice=0.0),
        )
    )
    for number in range(objects):
        world.uploaders.schedule(arriving_days * DAY * number / objects, key_of(number), Action.PUT)
    world.run()
    return world


def key_of(number: int) -> str:
    return f"p{number % 97}/{number}.jpg"


def lettered_keys(world: World) -> set[str]:
    return {letter.source.key for letter in world.ledger.letters if letter.source}


def indexed_keys(world: World) -> set[str]:
    return {key for _, key in world.instance.entries}
