"""Prepare the images of objects, one at a time per worker."""

import threading
from dataclasses import dataclass, field

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.reconcile.ports import IsolatedPreparer
from imagesearch_ingest.reconcile.progress import Lock, Progress


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepare images under ``policy``, each in a process that cannot read the access keys of this one (ADR 66).

    One image at a time: a large one takes half a gigabyte, and the function has about one core. A semaphore as ``lock``
    lets several at once. Safe for several threads.
    """

    policy: Policy
    isolated: IsolatedPreparer
    lock: Lock = field(default_factory=threading.Lock)

    def prepare(self, data: bytes, progress: Progress) -> PreparedImage:
        """Return the prepared image. Raise ``IngestError`` with a reason of the prepare stage, or ``NOT_BEGUN``."""
        progress.take_turn(self.lock, "other images were being prepared")
        try:
            return self.isolated.prepare(data, self.policy, progress.deadline.seconds_left())
        finally:
            self.lock.release()
