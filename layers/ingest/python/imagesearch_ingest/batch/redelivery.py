"""Decide when a record comes back or ends in a dead letter. Only its outcomes, receive count and age matter."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass

# How long a queue keeps a message: as the templates set it for SQS (its maximum), and always on SMQ ("Limits").
SQS_RETENTION = timedelta(days=14)
SMQ_RETENTION = timedelta(days=7)
LAST_DAY = timedelta(days=1)  # longer than any wait, so that each record is received in it
IMPOSSIBLE_AGE = 2  # in retentions: the record is a test event, or a clock is wrong

QUARTER_OF_AN_HOUR, HALF_AN_HOUR, HOUR = 900.0, 1800.0, 3600.0
LAST_RECEIVE = 8  # from here on a transient fault ends its record, if others succeed (docs/settling.md)
SHARE_OF_AGE = 0.1  # an outage's records are tried again at the latest after a tenth of the time that it has lasted
LONGEST_WAIT = 6 * HOUR
LONGEST_WAIT_IN_LAST_DAY = HOUR


@dataclass(frozen=True, slots=True)
class Delivery:
    """What decides about a record besides its outcomes. ``seconds_old`` is ``None`` if its age is unknown."""

    receive_count: int
    seconds_old: float | None = None
    is_last_day: bool = False

    @classmethod
    def of(cls, record: EventRecord, now: datetime, retention: timedelta) -> "Delivery":
        """Return how often and how late the record is delivered by a queue that keeps it for ``retention``."""
        began = record.retention_began_at
        age = now - began if began else None
        if age is None or age > IMPOSSIBLE_AGE * retention:
            return cls(record.receive_count)
        return cls(record.receive_count, age.total_seconds(), is_last_day=age >= retention - LAST_DAY)


def needs_dead_letter(outcome: Outcome, delivery: Delivery) -> bool:
    """Return whether the outcome ends in a dead letter at this delivery.

    Permanent faults end at once. Transient ones end from the eighth receive on if they are the object's own. In the
    record's last day every fault ends, because the queue would drop the record without a trace.
    """
    match outcome.fault_class:
        case FaultClass.NONE:
            return False
        case FaultClass.PERMANENT:
            return True
        case FaultClass.TRANSIENT if outcome.is_own_fault and delivery.receive_count >= LAST_RECEIVE:
            return True
        case _:
            return delivery.is_last_day


def stops_batch(outcome: Outcome, receive_count: int) -> bool:
    """Return whether no other object should be started: a person must act, or this is an outage of a service.

    A transient fault before the eighth receive is not called an outage. Most pass within half an hour.
    """
    is_systemic = outcome.reason is not None and outcome.reason.stops_batch
    return is_systemic or (outcome.may_be_outage and receive_count >= LAST_RECEIVE)


def seconds_until_next_receive(outcomes: list[Outcome], delivery: Delivery, rng: random.Random) -> int | None:
    """Return for how long to hand a record back, or ``None`` if all of it is done.

    A systemic fault and an outage wait as ``seconds_of_outage`` says. Throttling starts at ten seconds and a transient
    fault at fifteen; both waits grow with each receive.
    """
    remaining = {
        outcome.fault_class
        for outcome in outcomes
        if outcome.fault_class.comes_back and not needs_dead_letter(outcome, delivery)
    }
    is_late = delivery.receive_count >= LAST_RECEIVE
    if not remaining:
        return None
    if FaultClass.SYSTEMIC in remaining or (FaultClass.TRANSIENT in remaining and is_late):
        return seconds_of_outage(delivery, rng)
    if FaultClass.THROTTLED in remaining:
        return _jitter(min(HALF_AN_HOUR, _grow(10.0, delivery.receive_count)), rng)
    return _jitter(min(QUARTER_OF_AN_HOUR, 15.0 * 2 ** (delivery.receive_count - 1)), rng)


def seconds_of_outage(delivery: Delivery, rng: random.Random) -> int:
    """Return for how long to hand back a record that waits for a service or a person.

    This is a tenth of the record's age, from half an hour to six hours; in its last day at most an hour.
    """
    longest = LONGEST_WAIT_IN_LAST_DAY if delivery.is_last_day else LONGEST_WAIT
    return _jitter(min(longest, max(HALF_AN_HOUR, SHARE_OF_AGE * (delivery.seconds_old or 0.0))), rng)


def seconds_after_bug(receive_count: int, rng: random.Random) -> int:
    """Return for how long to hand back a record that could not be settled: a minute, then longer.

    It is never longer than a quarter of an hour, so that the queue redrives the record, at its 1,000th receive, within
    its 14 days.
    """
    return min(round(QUARTER_OF_AN_HOUR), _jitter(_grow(60.0, receive_count), rng))


def _grow(first: float, receive_count: int) -> float:
    return first * 1.25 ** min(receive_count - 1, 99)


def _jitter(seconds: float, rng: random.Random) -> int:
    return round(seconds * rng.uniform(0.75, 1.25))
