"""The limiter and the results of its calls. The phase never moves here, so every gap is exact."""

import random
from contextlib import nullcontext

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from tests.support.fakes import VirtualClock

INTERVAL = 1 / 0.997  # at one call a second, a little below the rate
FOREVER = 1e9


class WithoutShift(random.Random):
    """Random numbers that are always the lowest."""

    def uniform(self, a: float, b: float) -> float:
        assert a < b
        return a


class LargestShift(random.Random):
    """Random numbers that are always the highest."""

    def uniform(self, a: float, b: float) -> float:
        assert a < b
        return b


class World:
    def __init__(self, per_second: float = 1.0, *, seconds: float = 100.0, rng: random.Random | None = None) -> None:
        self.clock = VirtualClock()
        self.clock.sleep(seconds)
        self.limiter = RateLimiter(self.clock, rng or WithoutShift(), per_second)

    def gap(self) -> float:
        """Take a slot, and return the seconds until the next one."""
        self.limiter.wait(Deadline.after(self.clock, FOREVER), 0)
        return self.limiter.seconds_until_slot()

    def call(self, reason: Reason | None = None, times: int = 1) -> None:
        """Make calls that end with ``reason``, or that are accepted."""
        for _ in range(times):
            with pytest.raises(IngestError) if reason else nullcontext(), self.limiter.call():
                _end(reason)


def _end(reason: Reason | None) -> None:
    if reason:
        raise IngestError(reason, "no")


@pytest.fixture
def world() -> World:
    return World()


def test_first_slot_is_free_at_once(world: World) -> None:
    assert world.limiter.seconds_until_slot() == 0.0
    assert world.gap() == pytest.approx(INTERVAL)
    assert world.clock.seconds == 100.0


def test_slot_leaves_the_time_that_its_call_needs(world: World) -> None:
    world.limiter.wait(Deadline.after(world.clock, 2.0), 2.0)
    with pytest.raises(IngestError, match=r"no slot within the 3\.0 s that were left") as error:
        world.limiter.wait(Deadline.after(world.clock, 3.0), 2.0)
    assert (error.value.reason, error.value.attempts) == (Reason.NOT_BEGUN, 1)
    world.limiter.wait(Deadline.after(world.clock, 3.1), 2.0)


@pytest.mark.parametrize(
    ("refusals", "gap"), [(5, INTERVAL), (6, 1.25 * INTERVAL), (7, 1.5625 * INTERVAL), (99, 8 * INTERVAL)]
)
def test_sixth_refusal_slows_down(world: World, refusals: int, gap: float) -> None:
    world.gap()
    world.call(Reason.THROTTLED, refusals)
    assert world.gap() == pytest.approx(gap)


def test_longest_interval_is_two_seconds_at_a_high_rate() -> None:
    world = World(per_second=100.0)
    world.gap()
    world.call(Reason.THROTTLED, 99)
    assert world.gap() == pytest.approx(2.0 / 0.997)


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.SERVICE_REJECTED, Reason.CREDENTIALS])
def test_other_faults_are_neither_refusals_nor_successes(world: World, reason: Reason) -> None:
    world.call(Reason.THROTTLED, 6)
    slow = world.gap()
    world.call(reason, 50)
    assert world.gap() == pytest.approx(slow) == pytest.approx(1.25 * INTERVAL)


def test_accepted_call_shortens_the_interval(world: World) -> None:
    world.call(Reason.THROTTLED, 7)
    world.call(times=1)
    world.gap()
    assert world.gap() == pytest.approx(1.5625 * 0.95 * INTERVAL)


def test_accepted_calls_return_to_the_full_rate(world: World) -> None:
    world.call(Reason.THROTTLED, 7)
    world.call(times=50)
    world.gap()
    assert world.gap() == pytest.approx(INTERVAL)


def test_refusal_moves_the_slots_that_make_up_for_a_pause() -> None:
    """While making up, the next slot comes after 0.8 of an interval. The refusal moves it by a whole one."""
    world = World(rng=LargestShift())
    world.gap()
    world.clock.sleep(1000.0)
    world.gap()
    assert world.limiter.seconds_until_slot() == pytest.approx(0.8 * INTERVAL)
    world.call(Reason.THROTTLED)
    assert world.limiter.seconds_until_slot() == pytest.approx(1.8 * INTERVAL)


@pytest.mark.parametrize("seconds", [0.0, 100.0])
def test_refusal_before_the_first_slot_moves_it(seconds: float) -> None:
    world = World(seconds=seconds, rng=LargestShift())
    world.call(Reason.THROTTLED)
    assert world.limiter.seconds_until_slot() == pytest.approx(INTERVAL)


@pytest.mark.parametrize(("accepted", "gap"), [(1, 1.25 * INTERVAL), (11, INTERVAL)])
def test_ten_accepted_calls_forgive_a_refusal(world: World, accepted: int, gap: float) -> None:
    world.call(Reason.THROTTLED, 5)
    world.call(times=accepted)
    world.call(Reason.THROTTLED)
    world.gap()
    assert world.gap() == pytest.approx(gap)


def test_forgiveness_is_not_saved_up(world: World) -> None:
    world.call(times=500)
    world.call(Reason.THROTTLED, 6)
    world.gap()
    assert world.gap() == pytest.approx(1.25 * INTERVAL)


def test_refusals_are_not_saved_up(world: World) -> None:
    """After a hundred refusals, 21 accepted calls forgive two of the six that count."""
    world.call(Reason.THROTTLED, 100)
    world.call(times=21)
    world.gap()
    before = world.gap()
    world.call(Reason.THROTTLED)
    assert world.gap() == pytest.approx(before)


def test_limiter_has_one_worker_by_default() -> None:
    """A worker without others makes up for as many slots as one with ``workers=1``."""
    ends = []
    for workers in ({}, {"workers": 1}, {"workers": 2}):
        clock = VirtualClock()
        limiter = RateLimiter(clock, random.Random(1), 0.5, **workers)
        limiter.wait(Deadline.after(clock, FOREVER), 0)
        clock.sleep(100.0)
        for _ in range(10):
            limiter.wait(Deadline.after(clock, FOREVER), 0)
        ends.append(clock.seconds)
    assert ends[0] == ends[1] < ends[2]
