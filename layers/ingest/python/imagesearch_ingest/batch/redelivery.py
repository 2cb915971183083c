"""When a record comes back, and when it ends in a dead letter: its outcomes and its receive count decide alone."""

import random

from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass

HALF_AN_HOUR = 1800
LAST_RECEIVE = 8  # a transient fault that is still there at the eighth receive is dead-lettered (design, section 2)


def needs_dead_letter(outcome: Outcome, receive_count: int) -> bool:
    """Permanent faults at once, transient ones at the eighth receive; throttled and systemic ones never."""
    match outcome.fault_class:
        case FaultClass.PERMANENT:
            return True
        case FaultClass.TRANSIENT:
            return receive_count >= LAST_RECEIVE
        case _:
            return False


def seconds_until_next_receive(outcomes: list[Outcome], receive_count: int, rng: random.Random) -> int | None:
    """For how long a record is handed back; ``None`` when nothing of it remains to be done.

    A systemic fault waits until a person may have mended it. Throttling begins with ten seconds and a transient fault
    with fifteen; both wait longer at each receive.
    """
    remaining = {
        outcome.fault_class
        for outcome in outcomes
        if outcome.fault_class not in (FaultClass.NONE, FaultClass.PERMANENT)
        and not needs_dead_letter(outcome, receive_count)
    }
    if not remaining:
        return None
    if FaultClass.SYSTEMIC in remaining:
        return seconds_for_a_person(rng)
    if FaultClass.THROTTLED in remaining:
        seconds = _growing(10.0, receive_count)
    else:
        seconds = min(900.0, 15.0 * 2 ** min(receive_count - 1, 10))
    return _jittered(seconds, rng)


def seconds_until_next_letter(receive_count: int, rng: random.Random) -> int:
    """For how long a record is handed back whose dead letter could not be written: a minute, and longer each time."""
    return _jittered(_growing(60.0, receive_count), rng)


def seconds_for_a_person(rng: random.Random) -> int:
    """About half an hour: 1000 receives of that outlast the 14 days that the queue keeps a message."""
    return _jittered(HALF_AN_HOUR, rng)


def _growing(first: float, receive_count: int) -> float:
    """Until a thousand receives outlast the queue's fortnight: the queue itself redrives the thousandth."""
    return min(float(HALF_AN_HOUR), first * 1.25 ** min(receive_count - 1, 99))


def _jittered(seconds: float, rng: random.Random) -> int:
    return round(seconds * rng.uniform(0.75, 1.25))
