"""The journey: makes the index hold what the bucket holds now.

An event is only a reason to look. Creates, overwrites, deletes, duplicates, late and reordered events all lead here,
and none of them needs a lock: after each change of the index the bucket is looked at once more, and the journey begins
anew if the object has moved meanwhile (design, section 1).
"""

import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from imagesearch_ingest.attributes import blame, collect
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.identity import IdentityRule, ImageIdentity
from imagesearch_ingest.image_search import DeleteImageRequest, add_image_request
from imagesearch_ingest.images import Policy, PreparedImage, prepare
from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.outcomes import IndexHolds, Outcome
from imagesearch_ingest.pacing import Pace
from imagesearch_ingest.ports import Clock, ImageIndex, IsolatedPreparer, ObjectStore
from imagesearch_ingest.reasons import Reason, Result
from imagesearch_ingest.retrying import Budget, Deadline, Retrier

MAX_ROUNDS = 3
REQUESTS_PER_ADD = 3  # authorise, upload, add: each may be as slow as its timeout allows
UNANNOUNCED_BYTES = 2_000_000  # that each object may have beyond what its events said: a hundred of them are little
SECONDS_AFTER_SLOT = 2.0  # what the last request, a look and the queue's answers mostly take


@dataclass(slots=True)
class _Progress:
    """What is known of one object so far; it is all in its outcome, however the journey ends."""

    ref: ObjectRef
    budget: Budget
    isolated: bool = False
    announced_bytes: int = 0  # for which there is room
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: PreparedImage | None = None
    legs: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """Everything that an object's journey needs. Safe to be used by several threads at once."""

    store: ObjectStore
    index: ImageIndex
    retry: Retrier
    clock: Clock
    instance_name: str
    max_source_bytes: int
    add_pace: Pace
    delete_pace: Pace
    policy: Policy = field(default_factory=Policy)
    rule: IdentityRule = field(default_factory=IdentityRule)
    default_attributes: Mapping[str, Any] = field(default_factory=dict)
    keep_removed: bool = False
    bucket: str | None = None  # the only one whose objects are taken: ids are made of keys, and know no bucket
    isolated: IsolatedPreparer | None = None  # without one, all pictures are prepared in this process
    preparing: threading.Lock = field(default_factory=threading.Lock)
    unannounced: threading.RLock = field(default_factory=threading.RLock)

    def converge(
        self, ref: ObjectRef, deadline: Deadline, changes: Sequence[ObjectChange] = (), *, isolated: bool = False
    ) -> Outcome:
        """Never raises: whatever stands in an object's way is that object's outcome, and nobody else's.

        ``changes`` is what events said of the object: hints, of which none decides what is done. ``isolated`` is for
        a picture that may have killed workers before.
        """
        announced_bytes = max((change.size or 0 for change in changes), default=0)
        progress, begun = _Progress(ref, Budget(deadline), isolated, announced_bytes), self.clock.monotonic()
        fault: IngestError | None = None
        trace: str | None = None
        result = Result.FAILED
        try:
            result = self._journey(changes, progress)
        except IngestError as error:
            fault = error.with_traceback(None)  # which holds this frame, and so itself and the picture, in a circle
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost its neighbours their journey
            fault = IngestError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            trace = traceback.format_exc()
        seconds = self.clock.monotonic() - begun
        return _outcome(result, progress, seconds=seconds, fault=fault, trace=trace)

    def _journey(self, changes: Sequence[ObjectChange], progress: _Progress) -> Result:
        if self.bucket and progress.ref.bucket != self.bucket:
            raise IngestError(Reason.OTHER_BUCKET, f"the object is in {progress.ref.bucket}, not in {self.bucket}")
        try:
            identity = progress.identity = self.rule.identify(progress.ref.key)
        except IngestError as refusal:
            return self._without_identity(refusal, changes, progress)
        if changes and all(change.noncurrent for change in changes) and self._look(progress):
            raise IngestError(Reason.NONCURRENT_VERSION, "another version is the current one, and stays")
        for _ in range(MAX_ROUNDS):
            with ExitStack() as alone:
                if result := self._round(identity, changes, progress, alone):
                    return result
        raise IngestError(Reason.OBJECT_CHANGING, f"the object was replaced {MAX_ROUNDS} times while it was ingested")

    def _round(
        self, identity: ImageIdentity, changes: Sequence[ObjectChange], progress: _Progress, alone: ExitStack
    ) -> Result | None:
        """``None`` when the object was another one in the end. It is in memory for as long as the round takes."""
        progress.state = progress.prepared = progress.legs = None
        source = self._fetch(progress, alone)
        if source is None and (other := self._in_other_reading(changes, progress)):
            progress.ref = other
            return self._journey((), progress)
        if source is None:
            self._delete(identity, progress)
        else:
            progress.state = source.state
            if not source.data and progress.ref.key.endswith("/"):
                raise IngestError(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty")
            if source.link_target is not None:
                self._check_link(source.link_target)
            self._add(source, identity, progress)
        if self._look(progress) == (source and source.state):
            return Result.ADDED if source else Result.DELETED
        return None

    def _fetch(self, progress: _Progress, alone: ExitStack) -> SourceImage | None:
        """How many are under way is decided by what their events said of their sizes. What is larger than that, or of
        which they said nothing, is read when no other such is in memory.
        """
        most = progress.announced_bytes + UNANNOUNCED_BYTES
        if most < self.max_source_bytes:
            try:
                return self.retry(lambda: self.store.fetch(progress.ref, most), progress.budget)
            except IngestError as error:
                if error.reason is not Reason.OBJECT_TOO_LARGE:
                    raise
            if not self.unannounced.acquire(timeout=max(0.0, progress.budget.deadline.seconds_left())):
                raise IngestError(Reason.NOT_BEGUN, "larger pictures than announced were read until no time was left")
            alone.callback(self.unannounced.release)
        return self._fetch_any(progress)

    def _fetch_any(self, progress: _Progress) -> SourceImage | None:
        """One that is too large is not read: another look has to tell which content it is that its letter is of."""
        try:
            return self.retry(lambda: self.store.fetch(progress.ref, self.max_source_bytes), progress.budget)
        except IngestError as error:
            if error.reason is not Reason.OBJECT_TOO_LARGE:
                raise
            state = self._look(progress)
            if state is None or state.size <= self.max_source_bytes:
                raise IngestError(Reason.OBJECT_CHANGING, "the object was replaced while it was read") from error
            progress.state = state
            raise

    def _without_identity(self, refusal: IngestError, changes: Sequence[ObjectChange], progress: _Progress) -> Result:
        """What has no ids in this reading of its key may have some in the other; and was never in the index."""
        if other := self._in_other_reading(changes, progress):
            progress.ref = other
            return self._journey((), progress)
        removed = {change.kind for change in changes} == {ChangeKind.REMOVED}
        if removed and refusal.reason is not Reason.EXCLUDED and self._look(progress) is None:
            raise IngestError(Reason.NEVER_INDEXED, refusal.detail)
        raise refusal

    def _check_link(self, target: str) -> None:
        """A link is read as what it leads to, which must be ours as well: else a link could publish any object."""
        if why := self.rule.why_not_ours(target):
            raise IngestError(Reason.EXCLUDED, f"it links to {target!r}: {why}")

    def _add(self, source: SourceImage, identity: ImageIdentity, progress: _Progress) -> None:
        attributes = collect(source.state.metadata, identity.groups, self.default_attributes)
        progress.prepared = self._prepare(source.data, progress)
        request = add_image_request(self.instance_name, identity, progress.prepared, attributes)
        wait = partial(self.add_pace.wait, progress.budget.deadline, SECONDS_AFTER_SLOT)
        try:
            call = partial(self.add_pace.heeding, lambda: self.index.add(request, wait))
            progress.legs = self.retry(call, progress.budget, requests=REQUESTS_PER_ADD)
        except IngestError as error:
            raise blame(error, attributes) from error.__cause__
        progress.budget.reached_index = True

    def _prepare(self, data: bytes, progress: _Progress) -> PreparedImage:
        """One at a time: a large picture takes half a gigabyte, and the function has about one core."""
        deadline = progress.budget.deadline
        if not self.preparing.acquire(timeout=max(0.0, deadline.seconds_left())):
            raise IngestError(Reason.NOT_BEGUN, "other pictures were being prepared until no time was left")
        try:
            if progress.isolated and self.isolated:
                return self.isolated.prepare(data, self.policy, deadline.seconds_left())
            return prepare(data, self.policy)
        finally:
            self.preparing.release()

    def _delete(self, identity: ImageIdentity, progress: _Progress) -> None:
        if self.keep_removed:
            raise IngestError(Reason.REMOVED_KEPT, "the object is gone; INGEST_ON_REMOVED=keep keeps its entry")
        request = DeleteImageRequest(
            instance_name=self.instance_name, product_id=identity.product_id, pic_name=identity.pic_name
        )

        def delete() -> None:
            self.delete_pace.wait(progress.budget.deadline, SECONDS_AFTER_SLOT)
            self.index.delete(request)

        self.retry(partial(self.delete_pace.heeding, delete), progress.budget)
        progress.budget.reached_index = True

    def _in_other_reading(self, changes: Sequence[ObjectChange], progress: _Progress) -> ObjectRef | None:
        """An upload that is not there may have been announced in another encoding than its envelope's usual one.

        Believed only where the content is the very one that the event spoke of (design, section 9).
        """
        for change in changes:
            if change.other_key in (None, change.ref.key) or change.etag is None or change.size is None:
                continue
            other = replace(change.ref, key=change.other_key)
            found = self.retry(partial(self.store.look, other), progress.budget)
            if found and (found.etag, found.size) == (change.etag, change.size):
                return other
        return None

    def _look(self, progress: _Progress) -> ObjectState | None:
        return self.retry(lambda: self.store.look(progress.ref), progress.budget)


def _outcome(
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
        ref=progress.ref,
        reason=fault.reason if fault else None,
        detail=fault.detail if fault else None,
        identity=progress.identity,
        state=progress.state,
        prepared=progress.prepared.preparation if progress.prepared else None,
        service_code=fault.service_code if fault else None,
        service_request_id=fault.service_request_id if fault else None,
        index_holds=holds if fault else None,
        retries=progress.budget.retries,
        milliseconds=round(seconds * 1000),
        legs=progress.legs,
        traceback=trace,
    )
