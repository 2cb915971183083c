"""Make the index hold what the bucket holds now, for one object.

An event is only a reason to look. Creates, overwrites, deletes, duplicates, late and reordered events all lead here,
and none needs a lock. After each change of the index, the reconciler looks at the bucket again. If the object has
changed meanwhile, a new attempt starts (docs/design.md, section 1).
"""

import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ingest.attributes import AttributePolicy, collect
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.legs import Leg, LegKind
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.retry import Budget
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.legs import LegHealth
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.progress import Progress

MAX_ATTEMPTS = 3
_FOLDER_MARKER = "the key ends in '/' and the object is empty"
_MAY_BE_GONE = frozenset({ChangeKind.REMOVED, ChangeKind.ANNOUNCED})
_WHOLE_WAY = Leg(LegKind.WHOLE)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reconcile objects. Safe for several threads at once.

    ``bucket`` is the only bucket whose objects are taken, if it is set: IDs are made from keys and do not contain the
    bucket's name. ``keep_removed`` keeps the entries of objects that are gone. ``health`` remembers what works.
    """

    reader: BucketReader
    preparer: Preparer
    writer: IndexWriter
    clock: Clock
    rule: IdentityRule = field(default_factory=IdentityRule)
    default_attributes: Mapping[str, Any] = field(default_factory=dict)
    attribute_policy: AttributePolicy = field(default_factory=AttributePolicy)
    keep_removed: bool = False
    bucket: str | None = None
    health: LegHealth = field(default_factory=LegHealth)

    def reconcile(self, ref: ObjectRef, deadline: Deadline, changes: Sequence[ObjectChange] = ()) -> Outcome:
        """Return the outcome for the object. Never raise, because a fault of one object must not affect the others.

        ``changes`` is what events said about the object: hints that decide nothing.
        """
        announced_bytes = max((change.size or 0 for change in changes), default=0)
        progress = Progress(ref, Budget(deadline), announced_bytes, health=self.health)
        begun = self.clock.monotonic()
        fault: IngestError | None = None
        trace: str | None = None
        result = Result.FAILED
        try:
            result = self._reconcile(changes, progress)
        except IngestError as error:
            fault = error.without_frames()
        except Exception as error:  # noqa: BLE001 - a bug must not stop the other objects of the batch
            fault = IngestError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            trace = traceback.format_exc()
        self._note_whole_way(ref, fault)
        seconds = self.clock.monotonic() - begun
        return progress.outcome(result, seconds, fault=fault, trace=trace)

    def seconds_until_slot(self) -> float:
        """Return the seconds until the next free slot for an add."""
        return self.writer.add_limiter.seconds_until_slot()

    def _note_whole_way(self, ref: ObjectRef, fault: IngestError | None) -> None:
        """Note whether the whole way works, since a bug may be anywhere: an object that is rejected went it, too."""
        if fault is None or fault.reason.result is Result.REJECTED:
            self.health.succeed(_WHOLE_WAY, ref)
        elif fault.reason is Reason.INTERNAL_ERROR:
            fault.leg_fault = self.health.fail(_WHOLE_WAY, ref, fault.reason)
        if fault is None or not fault.reason.fault_class.comes_back:
            self.health.finish(ref)

    def _reconcile(self, changes: Sequence[ObjectChange], progress: Progress) -> Result:
        if self.bucket and progress.ref.bucket != self.bucket:
            raise IngestError(Reason.OTHER_BUCKET, f"the object is in {progress.ref.bucket}, not in {self.bucket}")
        try:
            identity = progress.identity = self.rule.identify(progress.ref.key)
        except IngestError as refusal:
            return self._without_identity(refusal, changes, progress)
        if changes and all(change.noncurrent for change in changes) and self.reader.head(progress):
            raise IngestError(Reason.NONCURRENT_VERSION, "another version is the current one and stays")
        for _ in range(MAX_ATTEMPTS):
            with ExitStack() as alone:
                if result := self._attempt(identity, changes, progress, alone):
                    return result
        detail = f"the object was replaced {MAX_ATTEMPTS} times while it was being indexed"
        raise IngestError(Reason.OBJECT_CHANGING, detail)

    def _attempt(
        self, identity: ImageIdentity, changes: Sequence[ObjectChange], progress: Progress, alone: ExitStack
    ) -> Result | None:
        """Bring the index up to date once. Return ``None`` if the object changed meanwhile.

        The object is in memory for as long as the attempt takes.
        """
        progress.state = progress.prepared = progress.legs = None
        source = self.reader.fetch(progress, alone)
        if source is None and (other := self.reader.find_other_reading(changes, progress)):
            progress.ref = other
            return self._reconcile((), progress)
        state = source.state if source else None
        try:
            if source is None:
                self._delete(identity, progress)
            else:
                self._add(source, identity, progress)
        except IngestError as fault:
            # A request whose answer was lost may have acted after a newer request of another worker, which then saw no
            # change.
            if progress.may_have_changed_index and self._has_moved(state, progress, fault):
                return None
            raise
        if self.reader.head(progress) == state:
            return Result.ADDED if source else Result.DELETED
        return None

    def _add(self, source: SourceImage, identity: ImageIdentity, progress: Progress) -> None:
        progress.state = source.state
        if not source.data and progress.ref.key.endswith("/"):
            raise IngestError(Reason.FOLDER_MARKER, _FOLDER_MARKER)
        if source.link_target is not None:
            self._check_link(source.link_target)
        attributes = collect(source.state.metadata, identity.groups, self.default_attributes, self.attribute_policy)
        progress.prepared = self.preparer.prepare(source.data, progress)
        self.writer.add(identity, progress.prepared, attributes, progress)

    def _delete(self, identity: ImageIdentity, progress: Progress) -> None:
        if self.keep_removed:
            raise IngestError(Reason.REMOVED_KEPT, "the object is gone, and INGEST_ON_REMOVED=keep keeps its entry")
        self.writer.delete(identity, progress)

    def _has_moved(self, state: ObjectState | None, progress: Progress, fault: IngestError) -> bool:
        """Return whether the object has changed since it was read.

        Look after any fault, because each may end the record, if only in its last day. Raise if the look fails and the
        record would end for good: the record then comes back.
        """
        try:
            return self.reader.head(progress) != state
        except IngestError:
            if fault.reason.fault_class is FaultClass.PERMANENT:
                raise
            return False

    def _without_identity(self, refusal: IngestError, changes: Sequence[ObjectChange], progress: Progress) -> Result:
        """Try the key's other reading. A key without IDs was never in the index: skip it if its object is gone."""
        if other := self.reader.find_other_reading(changes, progress):
            progress.ref = other
            return self._reconcile((), progress)
        may_be_gone = bool(changes) and all(change.kind in _MAY_BE_GONE for change in changes)
        if may_be_gone and refusal.reason.result is not Result.SKIPPED:
            state = self.reader.head(progress)
            if state is None:
                raise IngestError(Reason.NEVER_INDEXED, refusal.detail)
            if progress.ref.key.endswith("/") and state.size == 0:
                raise IngestError(Reason.FOLDER_MARKER, _FOLDER_MARKER)
        raise refusal

    def _check_link(self, target: str) -> None:
        """Refuse a link to a key that the settings exclude: otherwise a link could publish any object."""
        if why := self.rule.why_excluded(target):
            raise IngestError(Reason.EXCLUDED, f"it links to {target!r}: {why}")
