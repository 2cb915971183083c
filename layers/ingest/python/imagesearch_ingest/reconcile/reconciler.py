"""The journey: makes the index hold what the bucket holds now.

An event is only a reason to look. Creates, overwrites, deletes, duplicates, late and reordered events all lead here,
and none of them needs a lock: after each change of the index the bucket is looked at once more, and the journey begins
anew if the object has moved meanwhile (design, section 1).
"""

import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from imagesearch_ingest.attributes import blame, collect
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.image_search import DeleteImageRequest, build_add_request
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.ports import ImageIndex, IsolatedPreparer
from imagesearch_ingest.reconcile.progress import Progress

MAX_ATTEMPTS = 3
REQUESTS_PER_ADD = 3  # authorise, upload, add: each may be as slow as its timeout allows
MAY_END_A_RECORD = {FaultClass.PERMANENT, FaultClass.TRANSIENT}  # in a dead letter; the others bring it back
SECONDS_AFTER_SLOT = 2.0  # what the last request, a look and the queue's answers mostly take


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything that an object's journey needs. Safe to be used by several threads at once."""

    reader: BucketReader
    index: ImageIndex
    retry: Retrier  # of the index's requests
    clock: Clock
    instance_name: str
    add_limiter: RateLimiter
    delete_limiter: RateLimiter
    policy: Policy = field(default_factory=Policy)
    rule: IdentityRule = field(default_factory=IdentityRule)
    default_attributes: Mapping[str, Any] = field(default_factory=dict)
    keep_removed: bool = False
    bucket: str | None = None  # the only one whose objects are taken: ids are made of keys, and know no bucket
    isolated: IsolatedPreparer | None = None  # without one, all pictures are prepared in this process
    preparing: threading.Lock = field(default_factory=threading.Lock)

    def reconcile(
        self, ref: ObjectRef, deadline: Deadline, changes: Sequence[ObjectChange] = (), *, isolated: bool = False
    ) -> Outcome:
        """Never raises: whatever stands in an object's way is that object's outcome, and nobody else's.

        ``changes`` is what events said of the object: hints, of which none decides what is done. ``isolated`` is for
        a picture that may have killed workers before.
        """
        announced_bytes = max((change.size or 0 for change in changes), default=0)
        progress, begun = Progress(ref, Budget(deadline), isolated, announced_bytes), self.clock.monotonic()
        fault: IngestError | None = None
        trace: str | None = None
        result = Result.FAILED
        try:
            result = self._reconcile(changes, progress)
        except IngestError as error:
            fault = _bare(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost its neighbours their journey
            fault = IngestError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            trace = traceback.format_exc()
        seconds = self.clock.monotonic() - begun
        return progress.outcome(result, seconds, fault=fault, trace=trace)

    def _reconcile(self, changes: Sequence[ObjectChange], progress: Progress) -> Result:
        if self.bucket and progress.ref.bucket != self.bucket:
            raise IngestError(Reason.OTHER_BUCKET, f"the object is in {progress.ref.bucket}, not in {self.bucket}")
        try:
            identity = progress.identity = self.rule.identify(progress.ref.key)
        except IngestError as refusal:
            return self._without_identity(refusal, changes, progress)
        if changes and all(change.noncurrent for change in changes) and self.reader.head(progress):
            raise IngestError(Reason.NONCURRENT_VERSION, "another version is the current one, and stays")
        for _ in range(MAX_ATTEMPTS):
            with ExitStack() as alone:
                if result := self._attempt(identity, changes, progress, alone):
                    return result
        raise IngestError(Reason.OBJECT_CHANGING, f"the object was replaced {MAX_ATTEMPTS} times while it was ingested")

    def _attempt(
        self, identity: ImageIdentity, changes: Sequence[ObjectChange], progress: Progress, alone: ExitStack
    ) -> Result | None:
        """``None`` when the object was another one in the end. It is in memory for as long as the round takes."""
        progress.state = progress.prepared = progress.legs = None
        source = self.reader.fetch(progress, alone)
        if source is None and (other := self.reader.in_other_reading(changes, progress)):
            progress.ref = other
            return self._reconcile((), progress)
        state = source.state if source else None
        try:
            if source is None:
                self._delete(identity, progress)
            else:
                self._add(source, identity, progress)
        except IngestError as fault:
            # A request whose answer was lost may have acted after another worker's newer one, which has seen no change.
            if progress.budget.reached_index and self._has_moved(state, progress, fault):
                return None
            raise
        if self.reader.head(progress) == state:
            return Result.ADDED if source else Result.DELETED
        return None

    def _has_moved(self, state: ObjectState | None, progress: Progress, fault: IngestError) -> bool:
        """Asked where the record may end with ``fault``; what comes back does so by itself. One that would end for good
        comes back if it cannot be known.
        """
        if fault.reason.fault_class not in MAY_END_A_RECORD:
            return False
        try:
            return self.reader.head(progress) != state
        except IngestError:
            if fault.reason.fault_class is FaultClass.PERMANENT:
                raise
            return False

    def _without_identity(self, refusal: IngestError, changes: Sequence[ObjectChange], progress: Progress) -> Result:
        """What has no ids in this reading of its key may have some in the other; and was never in the index."""
        if other := self.reader.in_other_reading(changes, progress):
            progress.ref = other
            return self._reconcile((), progress)
        removed = {change.kind for change in changes} == {ChangeKind.REMOVED}
        if removed and refusal.reason is not Reason.EXCLUDED and self.reader.head(progress) is None:
            raise IngestError(Reason.NEVER_INDEXED, refusal.detail)
        raise refusal

    def _check_link(self, target: str) -> None:
        """A link is read as what it leads to, which must be ours as well: else a link could publish any object."""
        if why := self.rule.why_excluded(target):
            raise IngestError(Reason.EXCLUDED, f"it links to {target!r}: {why}")

    def _add(self, source: SourceImage, identity: ImageIdentity, progress: Progress) -> None:
        progress.state = source.state
        if not source.data and progress.ref.key.endswith("/"):
            raise IngestError(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty")
        if source.link_target is not None:
            self._check_link(source.link_target)
        attributes = collect(source.state.metadata, identity.groups, self.default_attributes)
        progress.prepared = self._prepare(source.data, progress)
        request = build_add_request(self.instance_name, identity, progress.prepared, attributes)

        def wait() -> None:
            with progress.waiting():
                self.add_limiter.wait(progress.deadline, SECONDS_AFTER_SLOT)

        try:
            call = partial(self.add_limiter.call, lambda: self.index.add(request, wait))
            progress.legs = self.retry(call, progress.budget, requests=REQUESTS_PER_ADD)
        except IngestError as error:
            raise blame(error, attributes) from error.__cause__
        progress.budget.reached_index = True

    def _prepare(self, data: bytes, progress: Progress) -> PreparedImage:
        """One at a time: a large picture takes half a gigabyte, and the function has about one core."""
        progress.take_turn(self.preparing, "other pictures were being prepared")
        try:
            if progress.isolated and self.isolated:
                return self.isolated.prepare(data, self.policy, progress.deadline.seconds_left())
            return prepare(data, self.policy)
        finally:
            self.preparing.release()

    def _delete(self, identity: ImageIdentity, progress: Progress) -> None:
        if self.keep_removed:
            raise IngestError(Reason.REMOVED_KEPT, "the object is gone; INGEST_ON_REMOVED=keep keeps its entry")
        request = DeleteImageRequest(
            instance_name=self.instance_name, product_id=identity.product_id, pic_name=identity.pic_name
        )

        def delete() -> None:
            with progress.waiting():
                self.delete_limiter.wait(progress.deadline, SECONDS_AFTER_SLOT)
            self.index.delete(request)

        self.retry(partial(self.delete_limiter.call, delete), progress.budget)
        progress.budget.reached_index = True


def _bare(error: IngestError) -> IngestError:
    """Without what holds the frames of its journey, and so itself and the picture, until the collector comes."""
    link: BaseException | None = error
    while link:
        earlier = link.__cause__ or link.__context__
        link.__cause__ = link.__context__ = link.__traceback__ = None
        link = earlier
    return error
