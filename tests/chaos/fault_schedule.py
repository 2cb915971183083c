"""Draw the faults that a seed schedules: outages, a full instance, and faults of single objects."""

import random
from collections.abc import Iterator

from tests.chaos.faults import OUTAGES, ScheduledFault, draw_object_fault
from tests.chaos.setup import Setup
from tests.chaos.uploaders import HOUR, usual_key

_OUTAGES = 5
_OUTAGE_SECONDS = (60.0, 900.0, 2 * HOUR)
_FAULTY_OBJECTS = 0.2  # share of the objects, multiplied by the share of calls that fail


def draw_schedule(rng: random.Random, setup: Setup) -> Iterator[ScheduledFault]:
    """Yield the faults that a test has scheduled, or else those of the seed."""
    if setup.scheduled_faults is not None:
        yield from setup.scheduled_faults
    elif setup.faults:
        yield from _draw_outages(rng, setup.last_fault)
        for number in range(setup.objects):
            if rng.random() < setup.faults * _FAULTY_OBJECTS:
                yield from _draw_object_faults(rng, setup.last_fault, usual_key(number, setup.pattern))


def draw_full_period(rng: random.Random, setup: Setup) -> tuple[float, float, int]:
    """Return when the instance begins and ceases to be full, and how many entries it holds meanwhile."""
    if setup.full is not None:
        return setup.full
    begins = rng.random() * setup.last_fault
    return begins, begins + (HOUR if rng.random() < setup.faults else 0.0), setup.objects // 4


def _draw_outages(rng: random.Random, ends: float) -> Iterator[ScheduledFault]:
    for operations, fault in rng.sample(OUTAGES, _OUTAGES):
        begins = rng.random() * ends * 0.7
        yield ScheduledFault(operations, fault, begins, min(ends, begins + rng.choice(_OUTAGE_SECONDS)))


def _draw_object_faults(rng: random.Random, ends: float, key: str) -> Iterator[ScheduledFault]:
    """Yield two faults in turn: the last receive may then show nothing of an earlier receive's effect."""
    first, second, turn = draw_object_fault(rng), draw_object_fault(rng), ends * rng.random()
    yield ScheduledFault(*first, 0.0, turn, frozenset({key}))
    yield ScheduledFault(*second, turn, ends, frozenset({key}))
