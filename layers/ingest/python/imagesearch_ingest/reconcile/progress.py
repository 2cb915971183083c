"""One object on its journey: what is known of it so far, what it may still spend, and for how long it has waited."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget

SECONDS_AFTER_TURN = 1.0  # with less left, nothing is worth beginning


class Lock(Protocol):
    """One of ``threading``'s."""

    def acquire(self, *, timeout: float) -> bool: ...
    def release(self) -> None: ...


@dataclass(slots=True)
class Progress:
    """It is all in its outcome, however the journey ends. ``announced_bytes`` are what there is room for."""

    ref: ObjectRef
    budget: Budget
    isolated: bool = False
    announced_bytes: int = 0
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: PreparedImage | None = None
    legs: Mapping[str, int] | None = None
    waited: float = 0.0

    @property
    def deadline(self) -> Deadline:
        return self.budget.deadline

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What passes meanwhile is the work of other objects, or the quota's, and says nothing of this one."""
        clock = self.deadline.clock
        begun = clock.monotonic()
        try:
            yield
        finally:
            self.waited += clock.monotonic() - begun

    def take_turn(self, lock: Lock, meanwhile: str) -> None:
        """Waits for ``lock``. Whoever gets it too late gives it back: what is killed at the invocation's end costs its
        neighbours half an hour. ``NOT_BEGUN`` says what was done ``meanwhile``.
        """
        with self.waiting():
            mine = lock.acquire(timeout=max(0.0, self.deadline.seconds_left()))
        if mine and self.deadline.seconds_left() >= SECONDS_AFTER_TURN:
            return
        if mine:
            lock.release()
        raise IngestError(Reason.NOT_BEGUN, f"{meanwhile} until no time was left")

    def outcome(self, result: Result, seconds: float, *, fault: IngestError | None, trace: str | None) -> Outcome:
        """``fault``, if there is one, decides the result. ``seconds`` are the whole journey's."""
        unknown = self.budget.reached_index or (fault is not None and _may_pass(fault))
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
            milliseconds=round(seconds * 1000),
            milliseconds_waited=round(self.waited * 1000),
            legs=self.legs,
            traceback=trace,
        )


def _may_pass(fault: IngestError) -> bool:
    """Whether the service refused a picture for what need not be the picture's fault: another announcement of the very
    same content may have been added.
    """
    return fault.reason.fault_class is FaultClass.PERMANENT and fault.attempts is not None
