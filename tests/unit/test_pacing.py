import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.pacing import HEADROOM, LATE_SECONDS, Pace
from imagesearch_ingest.reasons import Reason
from imagesearch_ingest.retrying import Deadline
from tests.fakes import VirtualClock


def pace(per_second: float) -> tuple[Pace, VirtualClock, Deadline]:
    clock = VirtualClock()
    return Pace(clock, random.Random(1), per_second), clock, Deadline.after(clock, 1e9)


@pytest.mark.parametrize("per_second", [0.5, 2.5, 25])
def test_calls_are_made_at_the_rate_however_long_each_takes_to_be_ready(per_second: float) -> None:
    slots, clock, deadline = pace(per_second)
    for number in range(1000):
        clock.sleep((number % 7) / 10 / per_second)  # never longer than an interval
        slots.wait(deadline, 0)
    assert clock.seconds == pytest.approx(999 / (per_second * HEADROOM), rel=0.002)


def test_slots_that_nobody_was_ready_for_are_used_afterwards_but_not_for_ever() -> None:
    slots, clock, deadline = pace(10)
    slots.wait(deadline, 0)
    clock.sleep(5)
    times = []
    for _ in range(20):
        slots.wait(deadline, 0)
        times.append(clock.seconds - 5)
    at_once = sum(1 for time in times if time < 0.05)
    assert at_once == 1 + int(LATE_SECONDS * 10)
    assert times[-1] == pytest.approx((20 - at_once) / 10, abs=0.15)


def test_a_slot_that_comes_too_late_is_not_taken() -> None:
    slots, clock, _ = pace(0.5)
    slots.wait(Deadline.after(clock, 10), 1)
    with pytest.raises(IngestError) as error:
        slots.wait(Deadline.after(clock, 2.5), 1)
    assert error.value.reason is Reason.NOT_BEGUN
    assert clock.seconds == 0
    assert slots.seconds_until_free() == pytest.approx(2, rel=0.01)


def rate(slots: Pace, clock: VirtualClock, deadline: Deadline, calls: int) -> float:
    begun = clock.seconds
    for _ in range(calls):
        slots.wait(deadline, 0)
    return calls / (clock.seconds - begun)


def test_a_refusal_slows_it_down_and_acceptance_brings_it_back_slowly() -> None:
    slots, clock, deadline = pace(10)
    assert rate(slots, clock, deadline, 100) == pytest.approx(10, rel=0.05)
    for _ in range(3):
        slots.refused()
    slow = rate(slots, clock, deadline, 100)
    assert slow == pytest.approx(10 / 1.25**3, rel=0.05)
    for _ in range(20):
        slots.accepted()
    assert slow < rate(slots, clock, deadline, 100) < 8
    for _ in range(100):
        slots.accepted()
    assert rate(slots, clock, deadline, 100) == pytest.approx(10, rel=0.05)


def test_however_often_it_is_refused_it_never_stops() -> None:
    slots, clock, deadline = pace(8)
    for _ in range(1000):
        slots.refused()
    slots.wait(deadline, 0)
    assert rate(slots, clock, deadline, 10) == pytest.approx(1, rel=0.05)


def test_two_of_the_same_rhythm_part_after_a_refusal() -> None:
    clock = VirtualClock()
    both = [Pace(clock, random.Random(seed), 1) for seed in (1, 2)]
    for slots in both:
        slots.refused()
    assert abs(both[0].seconds_until_free() - both[1].seconds_until_free()) > 0.05


def test_threads_share_the_slots() -> None:
    slots, clock, deadline = pace(10)
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _: slots.wait(deadline, 0), range(200)))
    assert slots.seconds_until_free() + clock.seconds >= 199 / 10
