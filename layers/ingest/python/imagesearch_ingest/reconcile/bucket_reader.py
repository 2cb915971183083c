"""What a journey reads of its bucket: the object as it is now, as much of it at once as there is memory for."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.reconcile.progress import Progress

UNANNOUNCED_BYTES = 2_000_000  # that each object may have beyond what its events said: a hundred of them are little


@dataclass(frozen=True, slots=True)
class BucketReader:
    """Safe to be used by several threads at once. ``retry`` is for requests that may be silent for as long as the
    bucket's.
    """

    store: ObjectStore
    retry: Retrier
    max_source_bytes: int
    unannounced: threading.RLock = field(default_factory=threading.RLock)

    def fetch(self, progress: Progress, alone: ExitStack) -> SourceImage | None:
        """``None`` when it is gone. What has to be read ``alone`` is so until that stack is closed.

        How many are under way is decided by what their events said of their sizes. What is larger than that, or of
        which they said nothing, is read when no other such is in memory.
        """
        most = progress.announced_bytes + UNANNOUNCED_BYTES
        if most < self.max_source_bytes:
            try:
                return self.retry(lambda: self.store.fetch(progress.ref, most), progress.budget)
            except IngestError as error:
                if error.reason is not Reason.OBJECT_TOO_LARGE:
                    raise
            progress.take_turn(self.unannounced, "larger pictures than announced were read")
            alone.callback(self.unannounced.release)
        return self._fetch_any(progress)

    def _fetch_any(self, progress: Progress) -> SourceImage | None:
        """One that is too large is not read: another look has to tell which content it is that its letter is of."""
        try:
            return self.retry(lambda: self.store.fetch(progress.ref, self.max_source_bytes), progress.budget)
        except IngestError as error:
            if error.reason is not Reason.OBJECT_TOO_LARGE:
                raise
            state = self.head(progress)
            if state is None or state.size <= self.max_source_bytes:
                raise IngestError(Reason.OBJECT_CHANGING, "the object was replaced while it was read") from error
            progress.state = state
            raise

    def in_other_reading(self, changes: Sequence[ObjectChange], progress: Progress) -> ObjectRef | None:
        """An upload that is not there may have been announced in another encoding than its envelope's usual one.

        Believed only where the content is the very one that the event spoke of (design, section 9).
        """
        for change in changes:
            if change.other_key in (None, change.ref.key) or change.etag is None or change.size is None:
                continue
            other = replace(change.ref, key=change.other_key)
            found = self._head_elsewhere(other, progress)
            if found and (found.etag, found.size) == (change.etag, change.size):
                return other
        return None

    def _head_elsewhere(self, ref: ObjectRef, progress: Progress) -> ObjectState | None:
        """What the role may not read there, or what can be no key, is not the object that the event spoke of."""
        try:
            return self.retry(lambda: self.store.head(ref), progress.budget)
        except IngestError as error:
            if error.reason is Reason.BUCKET_FORBIDDEN or error.reason.fault_class is FaultClass.PERMANENT:
                return None
            raise

    def head(self, progress: Progress) -> ObjectState | None:
        return self.retry(lambda: self.store.head(progress.ref), progress.budget)
