"""The end of an object's journey, as one value; and what the queue does about a record, which follows from it alone."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from imagesearch_ingest.events import Note
from imagesearch_ingest.identity import ImageIdentity
from imagesearch_ingest.images import Preparation
from imagesearch_ingest.objects import ObjectRef, ObjectState
from imagesearch_ingest.reasons import FaultClass, Reason, Result

HALF_AN_HOUR = 1800
LAST_RECEIVE = 8  # a transient fault that is still there at the eighth receive is dead-lettered (design, section 2)


class IndexHolds(StrEnum):
    """What the index holds for an object that could not be added."""

    PREVIOUS = "previous"  # what it held before this upload: the last good picture, or nothing
    UNKNOWN = "unknown"  # a request whose answer was lost may have been carried out; or another announcement's was


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object, and what a person needs to believe it. ``detail`` is one sentence about this object.

    ``prepared`` is set from the moment that the picture was ready to be added, ``state`` from when it had been read.
    The picture itself is not kept: outcomes are, until the batch ends, and hundreds of pictures would fill the memory.
    ``milliseconds_waited`` of ``milliseconds`` it waited for the quota, and for other objects of its worker.
    ``legs`` are the milliseconds of each request of the add that succeeded, and of the ``wait`` for its slot.
    """

    result: Result
    ref: ObjectRef | None
    reason: Reason | None = None
    detail: str | None = None
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: Preparation | None = None
    service_code: str | None = None
    service_request_id: str | None = None
    index_holds: IndexHolds | None = None
    retries: int = 0
    milliseconds: int = 0
    milliseconds_waited: int = 0
    legs: Mapping[str, int] | None = None
    traceback: str | None = None  # of a fault of ours

    @property
    def fault_class(self) -> FaultClass:
        return self.reason.fault_class if self.reason else FaultClass.NONE

    @property
    def is_systemic(self) -> bool:
        return self.fault_class is FaultClass.SYSTEMIC

    @classmethod
    def of_note(cls, note: Note) -> "Outcome":
        """The outcome of what the event alone decided."""
        return cls(
            result=note.reason.result,
            ref=note.change.ref if note.change else None,
            reason=note.reason,
            detail=note.detail,
            index_holds=IndexHolds.PREVIOUS if note.reason.result is Result.REJECTED else None,
        )


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
