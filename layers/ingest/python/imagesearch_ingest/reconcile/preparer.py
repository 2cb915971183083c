"""Prepare the images of objects, one at a time per worker."""

import threading
from dataclasses import dataclass, field

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.reconcile.ports import IsolatedPreparer
from imagesearch_ingest.reconcile.progress import Lock, Progress


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepare images under ``policy``. Without ``isolated``, all are prepared in this process.

    One image at a time: a large one takes half a gigabyte, and the function has about one core. A semaphore as ``lock``
    lets several at once. Safe for several threads.
    """

    policy: Policy = field(default_factory=Policy)
    isolated: IsolatedPreparer | None = None
    lock: Lock = field(default_factory=threading.Lock)

    def prepare(self, data: bytes, progress: Progress) -> PreparedImage:
        """Return the prepared image. Raise ``IngestError`` with a reason of the prepare stage, or ``NOT_BEGUN``."""
        progress.take_turn(self.lock, "other images were being prepared")
        try:
            if progress.isolated and self.isolated:
                return self.isolated.prepare(data, self.policy, progress.deadline.seconds_left())
            return prepare(data, self.policy)
        finally:
            self.lock.release()
