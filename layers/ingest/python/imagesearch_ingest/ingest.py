"""The journey: makes the index hold what the bucket holds now.

An event is only a reason to look. Creates, overwrites, deletes, duplicates, late and reordered events all lead here,
and none of them needs a lock: after each change of the index the bucket is looked at once more, and the journey begins
anew if the object has moved meanwhile (design, section 1).
"""

import threading
import traceback
from dataclasses import dataclass, field

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.identity import ImageIdentity, identify
from imagesearch_ingest.image_search import DeleteImageRequest, add_image_request
from imagesearch_ingest.images import Limits, PreparedImage, prepare
from imagesearch_ingest.objects import ObjectRef, ObjectState
from imagesearch_ingest.outcomes import IndexHolds, Outcome
from imagesearch_ingest.ports import Clock, ImageIndex, ObjectStore
from imagesearch_ingest.reasons import Reason, Result
from imagesearch_ingest.retrying import Budget, Deadline, Retrier

MAX_ROUNDS = 3


@dataclass(slots=True)
class _Progress:
    """What is known of one object so far; it is all in its outcome, however the journey ends."""

    budget: Budget
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: PreparedImage | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """Everything that an object's journey needs. Safe to be used by several threads at once."""

    store: ObjectStore
    index: ImageIndex
    retry: Retrier
    clock: Clock
    instance_name: str
    max_source_bytes: int
    limits: Limits = field(default_factory=Limits)
    # One at a time: a large picture takes a gigabyte while it is prepared, and the function has about one core.
    preparing: threading.Lock = field(default_factory=threading.Lock)

    def converge(self, ref: ObjectRef, deadline: Deadline) -> Outcome:
        """Never raises: whatever stands in an object's way is that object's outcome, and nobody else's."""
        progress, begun = _Progress(Budget(deadline)), self.clock.monotonic()
        fault: IngestError | None = None
        trace: str | None = None
        result = Result.FAILED
        try:
            result = self._journey(ref, progress)
        except IngestError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost its neighbours their journey
            fault = IngestError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            trace = traceback.format_exc()
        seconds = self.clock.monotonic() - begun
        return _outcome(ref, result, progress, seconds=seconds, fault=fault, trace=trace)

    def _journey(self, ref: ObjectRef, progress: _Progress) -> Result:
        progress.identity = identify(ref.key)
        for _ in range(MAX_ROUNDS):
            source = self.retry(lambda: self.store.fetch(ref, self.max_source_bytes), progress.budget)
            if source is None:
                self._delete(progress.identity, progress)
            else:
                progress.state = source.state
                self._add(source.data, progress.identity, progress)
            if self._look(ref, progress) == (source and source.state):
                return Result.ADDED if source else Result.DELETED
        raise IngestError(Reason.OBJECT_CHANGING, f"the object was replaced {MAX_ROUNDS} times while it was ingested")

    def _add(self, data: bytes, identity: ImageIdentity, progress: _Progress) -> None:
        with self.preparing:
            progress.prepared = prepare(data, self.limits)
        request = add_image_request(self.instance_name, identity, progress.prepared)
        self.retry(lambda: self.index.add(request), progress.budget)
        progress.budget.reached_index = True

    def _delete(self, identity: ImageIdentity, progress: _Progress) -> None:
        request = DeleteImageRequest(
            instance_name=self.instance_name, product_id=identity.product_id, pic_name=identity.pic_name
        )
        self.retry(lambda: self.index.delete(request), progress.budget)
        progress.budget.reached_index = True

    def _look(self, ref: ObjectRef, progress: _Progress) -> ObjectState | None:
        return self.retry(lambda: self.store.look(ref), progress.budget)


def _outcome(
    ref: ObjectRef,
    result: Result,
    progress: _Progress,
    *,
    seconds: float,
    fault: IngestError | None,
    trace: str | None,
) -> Outcome:
    holds = IndexHolds.UNKNOWN if progress.budget.reached_index else IndexHolds.PREVIOUS
    return Outcome(
        result=fault.reason.result if fault else result,
        ref=ref,
        reason=fault.reason if fault else None,
        detail=fault.detail if fault else None,
        identity=progress.identity,
        state=progress.state,
        prepared=progress.prepared,
        service_code=fault.service_code if fault else None,
        service_request_id=fault.service_request_id if fault else None,
        index_holds=holds if fault else None,
        retries=progress.budget.retries,
        milliseconds=round(seconds * 1000),
        traceback=trace,
    )
