"""Decide when a record comes back or ends in a dead letter. Only its outcomes and its receive count matter."""

import random

from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass

HALF_AN_HOUR = 1800
LAST_RECEIVE = 8  # a transient fault that persists until the eighth receive is dead-lettered (docs/settling.md)


def needs_dead_letter(outcome: Outcome, receive_count: int) -> bool:
    """Return whether the outcome ends in a dead letter at this receive.

    Permanent faults end at once and transient ones at the eighth receive. Throttled and systemic ones never do.
    """
    match outcome.fault_class:
        case FaultClass.PERMANENT:
            return True
        case FaultClass.TRANSIENT:
            return receive_count >= LAST_RECEIVE
        case _:
            return False


def seconds_until_next_receive(outcomes: list[Outcome], receive_count: int, rng: random.Random) -> int | None:
    """Return for how long to hand a record back, or ``None`` if all of it is done.

    A systemic fault waits until a person may have acted. Throttling starts at ten seconds and a transient fault at
    fifteen; both waits grow with each receive.
    """
    remaining = {
        outcome.fault_class
        for outcome in outcomes
        if outcome.fault_class.comes_back and not needs_dead_letter(outcome, receive_count)
    }
    if not remaining:
        return None
    if FaultClass.SYSTEMIC in remaining:
        return seconds_for_a_person(rng)
    if FaultClass.THROTTLED in remaining:
        seconds = _grow(10.0, receive_count)
    else:
        seconds = min(900.0, 15.0 * 2 ** min(receive_count - 1, 10))
    return _jitter(seconds, rng)


def seconds_until_next_letter(receive_count: int, rng: random.Random) -> int:
    """Return for how long to hand back a record whose dead letter could not be written: a minute, then longer."""
    return _jitter(_grow(60.0, receive_count), rng)


def seconds_for_a_person(rng: random.Random) -> int:
    """Return about half an hour: 1,000 receives of that outlast the 14 days that the queue keeps a message."""
    return _jitter(HALF_AN_HOUR, rng)


def _grow(first: float, receive_count: int) -> float:
    """Return a wait that grows until 1,000 receives outlast 14 days: the queue itself redrives the 1,000th."""
    return min(float(HALF_AN_HOUR), first * 1.25 ** min(receive_count - 1, 99))


def _jitter(seconds: float, rng: random.Random) -> int:
    return round(seconds * rng.uniform(0.75, 1.25))
