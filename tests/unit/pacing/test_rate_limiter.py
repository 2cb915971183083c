import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import CATCHING_UP, HEADROOM, PATIENCE, USABLE_BURST, RateLimiter
from tests.support.fakes import VirtualClock


def pace(per_second: float) -> tuple[RateLimiter, VirtualClock, Deadline]:
    clock = VirtualClock()
    return RateLimiter(clock, random.Random(1), per_second), clock, Deadline.after(clock, 1e9)


@pytest.mark.parametrize("per_second", [0.5, 2.5, 25])
def test_calls_are_made_at_the_rate(per_second: float) -> None:
    slots, clock, deadline = pace(per_second)
    for number in range(1000):
        clock.sleep((number % 7) / 10 / per_second)  # never longer than an interval
        slots.wait(deadline, 0)
    assert clock.seconds == pytest.approx(999 / (per_second * HEADROOM), rel=0.002)


def times(slots: RateLimiter, clock: VirtualClock, deadline: Deadline, calls: int) -> list[float]:
    found = []
    for _ in range(calls):
        slots.wait(deadline, 0)
        found.append(clock.seconds)
    return found


@pytest.mark.parametrize(("per_second", "workers", "kept"), [(10, 1, 0.9), (0.5, 2, 0), (2.5, 2, 0.6), (0.5, 1, 2.0)])
def test_unused_slots_are_made_up_within_the_burst(per_second: float, workers: int, kept: float) -> None:
    clock = VirtualClock()
    slots, deadline = RateLimiter(clock, random.Random(1), per_second, workers=workers), Deadline.after(clock, 1e9)
    times(slots, clock, deadline, 10)
    clock.sleep(100)
    begun = clock.seconds
    found = times(slots, clock, deadline, 100)
    made_up = 100 / per_second - (found[-1] - begun)
    assert made_up == pytest.approx(USABLE_BURST * kept, abs=1.1 / per_second)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) == pytest.approx((CATCHING_UP if kept else 1) / per_second, rel=0.01), "no burst"


@pytest.mark.parametrize(("quota", "workers"), [(1, 2), (5, 2), (20, 4), (50, 2), (50, 10)])
def test_nothing_is_refused_after_a_common_pause(quota: float, workers: int) -> None:
    """Workers with batches of one size start and stop together, again and again."""
    calls = []
    for seed in range(workers):
        clock = VirtualClock()
        slots = RateLimiter(clock, random.Random(seed), quota / workers, workers=workers)
        for pause in (0.3, 1.1, 4.0, 0.7):
            calls += times(slots, clock, Deadline.after(clock, 1e9), 50 * quota // workers)
            clock.sleep(pause)
    bucket, before, refused = max(2.0, quota), 0.0, 0
    for call in sorted(calls):
        bucket, before = min(max(2.0, quota), bucket + (call - before) * quota), call
        refused += bucket < 1
        bucket -= bucket >= 1
    assert refused == 0


def test_workers_that_start_together_drift_apart() -> None:
    clock = VirtualClock()
    both = [RateLimiter(clock, random.Random(seed), 1, workers=2) for seed in (1, 2)]
    assert [slots.seconds_until_slot() for slots in both] == [0, 0]
    for slots in both:
        slots.wait(Deadline.after(clock, 1e9), 0)
    assert clock.seconds == 0, "the first calls are made at once"
    assert abs(both[0].seconds_until_slot() - both[1].seconds_until_slot()) > 0.05


def test_idle_worker_has_nothing_to_make_up_for() -> None:
    slots, clock, deadline = pace(1)
    clock.sleep(60)
    slots.wait(deadline, 0)
    assert slots.seconds_until_slot() >= 1


def test_late_slot_is_not_taken() -> None:
    slots, clock, _ = pace(0.5)
    slots.wait(Deadline.after(clock, 10), 1)
    left = slots.seconds_until_slot()
    assert left >= 2
    with pytest.raises(IngestError) as error:
        slots.wait(Deadline.after(clock, left + 0.5), 1)
    assert error.value.reason is Reason.NOT_BEGUN
    assert clock.seconds == 0
    assert slots.seconds_until_slot() == left


def rate(slots: RateLimiter, clock: VirtualClock, deadline: Deadline, calls: int) -> float:
    begun = clock.seconds
    for _ in range(calls):
        slots.wait(deadline, 0)
    return calls / (clock.seconds - begun)


def test_few_refusals_only_move_the_phase() -> None:
    slots, clock, deadline = pace(10)
    assert rate(slots, clock, deadline, 100) == pytest.approx(10, rel=0.05)
    for _ in range(int(PATIENCE)):
        slots.record_refusal()
    assert slots.seconds_until_slot() > 0.15
    assert rate(slots, clock, deadline, 1000) == pytest.approx(10, rel=0.05)


def test_refusals_slow_down_and_successes_speed_up() -> None:
    slots, clock, deadline = pace(10)
    slots.wait(deadline, 0)
    for _ in range(int(PATIENCE) + 3):
        slots.record_refusal()
    clock.sleep(10)
    slow = rate(slots, clock, deadline, 1000)
    assert slow == pytest.approx(10 / 1.25**3, rel=0.05)
    for _ in range(5):
        slots.record_success()
    assert slow < rate(slots, clock, deadline, 1000) < 8
    for _ in range(100):
        slots.record_success()
    assert rate(slots, clock, deadline, 1000) == pytest.approx(10, rel=0.05)
    slots.record_refusal()
    assert rate(slots, clock, deadline, 1000) == pytest.approx(10, rel=0.05), "the others are forgiven"


@pytest.mark.parametrize(("per_second", "slowest"), [(8, 0.5), (0.5, 1 / 16)])
def test_refusals_never_stop_the_limiter(per_second: float, slowest: float) -> None:
    slots, clock, deadline = pace(per_second)
    slots.wait(deadline, 0)
    for _ in range(1000):
        slots.record_refusal()
    clock.sleep(slots.seconds_until_slot())
    assert rate(slots, clock, deadline, 10) == pytest.approx(slowest, rel=0.15)


def test_refusal_separates_two_workers() -> None:
    clock = VirtualClock()
    both = [RateLimiter(clock, random.Random(seed), 1) for seed in (1, 2)]
    for slots in both:
        slots.record_refusal()
    assert abs(both[0].seconds_until_slot() - both[1].seconds_until_slot()) > 0.05


class Interrupted(VirtualClock):
    """A clock that calls ``happens`` once, during the next sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.happens = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        happens, self.happens = self.happens, lambda: None
        happens()


def test_refusal_moves_a_slot_that_is_waited_for() -> None:
    clock = Interrupted()
    slots, deadline = RateLimiter(clock, random.Random(1), 1), Deadline.after(clock, 1e9)
    slots.wait(deadline, 0)
    due = slots.seconds_until_slot()
    clock.happens = slots.record_refusal
    slots.wait(deadline, 0)
    moved = clock.seconds - due
    assert 0.05 < moved < 1.01
    assert slots.seconds_until_slot() >= 1, "and those after it"


def test_slot_moved_beyond_the_deadline_is_not_taken() -> None:
    clock = Interrupted()
    slots = RateLimiter(clock, random.Random(1), 1)
    slots.wait(Deadline.after(clock, 10), 0)
    clock.happens = slots.record_refusal
    with pytest.raises(IngestError) as error:
        slots.wait(Deadline.after(clock, slots.seconds_until_slot() + 2.0001), 2)
    assert error.value.reason is Reason.NOT_BEGUN


def test_threads_share_the_slots() -> None:
    slots, clock, deadline = pace(10)
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _: slots.wait(deadline, 0), range(200)))
    assert slots.seconds_until_slot() + clock.seconds >= 199 / 10
