"""What a seed has in store: storms that meet everybody, an instance that is full, and single objects' bad luck."""

import random
from collections.abc import Iterator

from tests.chaos.faults import STORMS, Weather, bad_luck
from tests.chaos.setup import Setup
from tests.chaos.uploaders import HOUR, plain_key

_STORMS = 5
_SECONDS = (60.0, 900.0, 2 * HOUR)
_UNLUCKY = 0.2  # of the objects, for each fault in a call


def weather_of(rng: random.Random, setup: Setup) -> Iterator[Weather]:
    if setup.weather is not None:
        yield from setup.weather
    elif setup.faults:
        yield from _storms(rng, setup.last_fault)
        for number in range(setup.objects):
            if rng.random() < setup.faults * _UNLUCKY:
                yield from _bad_luck(rng, setup.last_fault, plain_key(number))


def full_times(rng: random.Random, setup: Setup) -> tuple[float, float, int]:
    """From when until when the instance has room for so many entries alone."""
    if setup.full is not None:
        return setup.full
    begins = rng.random() * setup.last_fault
    return begins, begins + (HOUR if rng.random() < setup.faults else 0.0), setup.objects // 4


def _storms(rng: random.Random, ends: float) -> Iterator[Weather]:
    for ports, fault in rng.sample(STORMS, _STORMS):
        begins = rng.random() * ends * 0.7
        yield Weather(ports, fault, begins, min(ends, begins + rng.choice(_SECONDS)))


def _bad_luck(rng: random.Random, ends: float, key: str) -> Iterator[Weather]:
    """One kind after the other: so the last receive may tell nothing of what an earlier one has done."""
    first, then, turn = bad_luck(rng), bad_luck(rng), ends * rng.random()
    yield Weather(*first, 0.0, turn, frozenset({key}))
    yield Weather(*then, turn, ends, frozenset({key}))
