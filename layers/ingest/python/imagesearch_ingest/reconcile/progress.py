"""Keep what is known about one object while it is reconciled: its values, its budget, and how long it waited."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.legs import Leg
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget, Try
from imagesearch_ingest.reconcile.legs import LegHealth

SECONDS_AFTER_TURN = 1.0  # with less time left, no work is worth starting


class Lock(Protocol):
    """A lock of ``threading``."""

    def acquire(self, *, timeout: float) -> bool:
        """Return whether the lock was acquired within ``timeout`` seconds."""
        ...

    def release(self) -> None:
        """Release the lock."""
        ...


@dataclass(slots=True)
class Progress:
    """Collect the values for the outcome, however the object ends.

    ``announced_bytes`` is the size that the events gave.
    ``may_have_changed_index`` is set once a request has changed the index, or may have: its response was lost.
    ``announced_ref`` stays when ``ref`` becomes the other reading of its key.
    """

    ref: ObjectRef
    budget: Budget
    announced_bytes: int = 0
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: PreparedImage | None = None
    legs: Mapping[str, int] | None = None
    waited: float = 0.0
    add_calls: int = 0
    add_calls_throttled: int = 0
    may_have_changed_index: bool = False
    health: LegHealth = field(default_factory=LegHealth)
    announced_ref: ObjectRef = field(init=False)

    def __post_init__(self) -> None:
        """Keep the reference under which the object was announced."""
        self.announced_ref = self.ref

    @property
    def deadline(self) -> Deadline:
        """Return the deadline by which the object must be done."""
        return self.budget.deadline

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time in the ``with`` block as waiting for the quota or for other objects."""
        clock = self.deadline.clock
        begun = clock.monotonic()
        try:
            yield
        finally:
            self.waited += clock.monotonic() - begun

    @contextmanager
    def on(self, leg: Leg, attempt: Try | None = None) -> Iterator[None]:
        """Note whether the leg works, from the call in the ``with`` block with all its retries.

        ``attempt`` is one try of a call, if it is the block's inner context: a fault that it swallows says nothing yet.
        """
        try:
            yield
        except IngestError as error:
            error.leg_fault = self.health.fail(leg, self.announced_ref, error.reason)
            raise
        if attempt is None or not attempt.failed:
            self.health.succeed(leg, self.announced_ref)

    @contextmanager
    def changing_index(self) -> Iterator[None]:
        """Note that the request in the ``with`` block has changed the index, or may have although it failed.

        A failed lookup of the access key counts as well, because it looks the same. That errs on the safe side.
        """
        try:
            yield
        except Exception as error:
            # After any other exception, a bug, nobody knows how far the request came.
            self.may_have_changed_index |= not isinstance(error, IngestError) or error.reason.may_have_acted
            raise
        self.may_have_changed_index = True

    def take_turn(self, lock: Lock, meanwhile: str) -> None:
        """Wait for ``lock``, or raise ``NOT_BEGUN``, which says what happened ``meanwhile``.

        Release the lock if too little time is left: being killed in mid-work would delay the rest of the batch by the
        visibility timeout.
        """
        with self.waiting():
            acquired = lock.acquire(timeout=max(0.0, self.deadline.seconds_left()))
        if acquired and self.deadline.seconds_left() >= SECONDS_AFTER_TURN:
            return
        if acquired:
            lock.release()
        raise IngestError(Reason.NOT_BEGUN, f"{meanwhile} until no time was left")

    def outcome(self, result: Result, seconds: float, *, fault: IngestError | None, trace: str | None) -> Outcome:
        """Return the outcome. A ``fault`` decides the result; ``seconds`` is how long everything took."""
        unknown = self.may_have_changed_index or (fault is not None and _may_have_been_added(fault))
        return Outcome(
            result=fault.reason.result if fault else result,
            ref=self.ref,
            reason=fault.reason if fault else None,
            detail=fault.detail if fault else None,
            identity=self.identity,
            state=self.state,
            prepared=self.prepared.preparation if self.prepared else None,
            service_code=fault.service_code if fault else None,
            service_request_id=fault.service_request_id if fault else None,
            index_holds=(IndexHolds.UNKNOWN if unknown else IndexHolds.PREVIOUS) if fault else None,
            retries=self.budget.retries,
            add_calls=self.add_calls,
            add_calls_throttled=self.add_calls_throttled,
            milliseconds=round(seconds * 1000),
            milliseconds_waited=round(self.waited * 1000),
            legs=self.legs,
            leg_fault=fault.leg_fault if fault else None,
            traceback=trace,
        )


def _may_have_been_added(fault: IngestError) -> bool:
    """Return whether another announcement of the same content may have been added although this one was refused."""
    return fault.reason.fault_class is FaultClass.PERMANENT and fault.attempts is not None
