"""Take objects from the source, and settle those that the key rule refuses."""

from collections.abc import Iterator

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Result
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Book
from imagesearch_ops.backfill.direct.work import Work
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge, Refusal
from imagesearch_ops.results import ObjectResult


class Feed:
    """The objects that are left. ``is_at_end`` says that there are none; ``is_limited``, that --max-objects is reached.

    The next object is known before it is taken: its size decides whether there is room for it. ``most`` is the most
    objects to take.
    """

    def __init__(
        self,
        job: Job,
        objects: Iterator[ListedObject],
        book: Book,
        interruption: Interruption,
        most: int | None = None,
    ) -> None:
        assert job.place.url is not None  # noqa: S101 - a backfill is about a bucket
        self._url = job.place.url
        self._job = job
        self._book = book
        self._interruption = interruption
        self._most = most
        self._judge = KeyJudge(job.settings)
        self._objects = objects
        self._next: Work | None = None
        self._taken = 0
        self.is_at_end = self.is_limited = False

    def peek(self) -> Work | None:
        """Return the next object, or ``None`` if there is none now: at the end, at a limit, or if the window is full.

        Raise ``ListingError`` and ``IngestError``.
        """
        while self._next is None and not self.is_at_end and not self.is_limited and self._book.has_room:
            self._look()
        return self._next

    def take(self) -> Work:
        """Return the object that ``peek`` has shown."""
        work, self._next = self._next, None
        assert work is not None  # noqa: S101 - the caller has peeked
        self._taken += 1
        return work

    def _look(self) -> None:
        with self._interruption.allowed():
            listed = next(self._objects, None)
        if listed is None:
            self.is_at_end = True
            return
        entry = self._book.take(listed)
        if entry.settled:
            return
        verdict = self._judge.judge(listed)
        if not isinstance(verdict, ImageIdentity):
            result = _refused(listed.key, verdict)
            self._book.settle(entry, result)
            self._job.report.line(result.public())
        elif self._taken == self._most:
            self.is_limited = True
        else:
            ref = ObjectRef(self._url.cloud, self._url.bucket, listed.key)
            self._next = Work(entry, listed, ref, self._job.report.run)


def _refused(key: str, refusal: Refusal) -> ObjectResult:
    """Return the result of a key that is not taken. It is skipped whatever the function would call it."""
    return ObjectResult(key, str(Result.SKIPPED), refusal.reason.code, None, None, 0, detail=refusal.detail)
