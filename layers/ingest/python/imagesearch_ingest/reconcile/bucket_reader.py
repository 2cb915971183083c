"""Read one object of the bucket as it is now, holding no more objects in memory than there is room for."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.legs import Leg, LegKind
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.reconcile.progress import Progress

R = TypeVar("R")

UNANNOUNCED_BYTES = 2_000_000  # allowance for each object beyond the size that its events gave


@dataclass(frozen=True, slots=True)
class BucketReader:
    """Read from ``store``. ``retry`` repeats its requests. Safe for several threads at once."""

    store: ObjectStore
    retry: Retrier
    max_source_bytes: int
    unannounced: threading.RLock = field(default_factory=threading.RLock)

    def fetch(self, progress: Progress, alone: ExitStack) -> SourceImage | None:
        """Return the object, or ``None`` if it is gone.

        The number of objects in work follows from the sizes that their events gave. An object may be larger than its
        events said, or they may not give its size. Such objects are read one at a time: each holds a lock until the
        stack ``alone`` is closed.
        """
        allowed = progress.announced_bytes + UNANNOUNCED_BYTES
        if allowed < self.max_source_bytes:
            try:
                return self._read(lambda: self.store.fetch(progress.ref, allowed), progress)
            except IngestError as error:
                if error.reason is not Reason.OBJECT_TOO_LARGE:
                    raise
            progress.take_turn(self.unannounced, "larger objects than announced were read")
            alone.callback(self.unannounced.release)
        return self._fetch_any(progress)

    def head(self, progress: Progress) -> ObjectState | None:
        """Return which content the object has now, or ``None`` if it is gone."""
        return self._read(lambda: self.store.head(progress.ref), progress)

    def find_other_reading(self, changes: Sequence[ObjectChange], progress: Progress) -> ObjectRef | None:
        """Return the object under the other reading of its key, if one of ``changes`` means that object.

        An upload that is not found may have been announced in another encoding than usual for its envelope. The other
        reading is believed only where ETag and size are the event's (docs/design.md, section 9).
        """
        for change in changes:
            if change.other_key in (None, change.ref.key) or change.etag is None or change.size is None:
                continue
            other = replace(change.ref, key=change.other_key)
            found = self._head_elsewhere(other, progress)
            if found and (found.etag, found.size) == (change.etag, change.size):
                return other
        return None

    def _read(self, call: Callable[[], R], progress: Progress) -> R:
        """Return what the request returns, over as many tries as it needs."""
        with progress.on(Leg(LegKind.BUCKET, progress.ref.bucket)):
            return self.retry(call, progress.budget)

    def _fetch_any(self, progress: Progress) -> SourceImage | None:
        """Fetch without an allowance. For an object that is too large, note which content its dead letter is about."""
        try:
            return self._read(lambda: self.store.fetch(progress.ref, self.max_source_bytes), progress)
        except IngestError as error:
            if error.reason is not Reason.OBJECT_TOO_LARGE:
                raise
            state = self.head(progress)
            if state is None or state.size <= self.max_source_bytes:
                raise IngestError(Reason.OBJECT_CHANGING, "the object was replaced while it was read") from error
            progress.state = state
            raise

    def _head_elsewhere(self, ref: ObjectRef, progress: Progress) -> ObjectState | None:
        """Return ``None`` also for a key that the role may not read or that no bucket can hold: events mean neither."""
        try:
            return self._read(lambda: self.store.head(ref), progress)
        except IngestError as error:
            if error.reason is Reason.BUCKET_FORBIDDEN or error.reason.fault_class is FaultClass.PERMANENT:
                return None
            raise
