"""Announce the pictures to the deployed function, which adds them at its own pace."""

from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from imagesearch_ops import output
from imagesearch_ops.announcing.announcer import Announcer
from imagesearch_ops.backfill.as_announced import WHY
from imagesearch_ops.backfill.course import Course, Settled
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.backfill.limits import Limit, Room, most_waiting
from imagesearch_ops.backfill.telling import Ending
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.progress import Tracker, tracking
from imagesearch_ops.queues import OperatorQueue, open_queue
from imagesearch_ops.rates import own_adds


def run(job: Job) -> None:
    """Do the backfill. Raise ``IngestError``, ``InputError`` and ``OSError``; then the run can go on."""
    queue = _open_queue(job)
    course = Course(job.source, KeyJudge(job.settings), job.folder, job.report, records=job.wanted.yes)
    _QueueEngine(job, queue, course).run()


def _open_queue(job: Job) -> OperatorQueue:
    url = job.deployment.queue_url
    if not url:
        raise InputError(
            "the queue to send to is unknown. Set INGEST_QUEUE_URL, name a --stack, or use --engine direct."
        )
    queue = open_queue(url, job.deployment.environ)
    if queue.cloud != job.place.url.cloud:  # type: ignore[union-attr]  # a backfill has a bucket
        raise InputError(f"{job.place} and the queue {url} are not on the same cloud.")
    return queue


@dataclass(slots=True)
class _QueueEngine:
    job: Job
    queue: OperatorQueue
    course: Course
    began: Settled = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.course.settled

    def run(self) -> None:
        job, course = self.job, self.course
        ending = Ending(job, course, self.began)
        job.report.ending = ending.describe_stop
        objects = Limit(job.wanted.max_objects)
        try:
            ending.waiting = self.queue.count().total  # a wrong queue is noticed before anything is listed
            days = Limit(self._most_of_days(ending.waiting))
            self._go(days, objects)
        except BaseException:
            if not ending.has_begun and not job.wanted.resume:
                job.folder.discard()
            raise
        finally:
            course.record()
            job.report.summary |= ending.counts()
        if job.wanted.yes:
            ending.waiting = self.queue.count().total
            job.folder.save(complete=course.is_at_end)
        ending.conclude(days=days.is_reached, objects=objects.is_reached)

    def _most_of_days(self, waiting: int) -> int | None:
        """Return how many may be sent now, so that none waits for too long. A dry run counts all."""
        if not self.job.wanted.yes or not self._empties_itself:
            return None
        return max(0, most_waiting(own_adds(self.job.settings)) - waiting)

    @property
    def _empties_itself(self) -> bool:
        """Return whether messages give way to later ones for as long as they are kept: in the groups of SQS."""
        return self.queue.cloud == "aws"

    def _go(self, days: Limit, objects: Limit) -> None:
        has_line = not (self.job.report.as_json and output.is_data_shown())
        with ExitStack() as stack:
            tracker = stack.enter_context(tracking("listing", known=self.began.listed, shown=has_line))
            keys = stack.enter_context(closing(self.course.keys()))
            bounded = objects.bound(days.bound(keys))
            if self.job.wanted.yes and not self._empties_itself:
                bounded = self._make_room(tracker).bound(bounded)
            done = 0
            for accepted in stack.enter_context(closing(self._announce(bounded))):
                self.course.settle(accepted - done)
                done = accepted
                self._show(tracker)

    def _announce(self, keys: Iterable[str | None]) -> Generator[int, None, None]:
        if not self.job.wanted.yes:
            return _pretend(keys)
        url = self.job.place.url
        assert url is not None  # noqa: S101 - a backfill has a bucket
        return Announcer(self.queue, url.bucket, WHY, self.job.report.run, self.job.folder).announce(keys)

    def _make_room(self, tracker: Tracker) -> Room:
        most = int(self.job.wanted.max_wait_seconds * own_adds(self.job.settings))

        def show(waiting: int) -> None:
            self.course.record()
            self._show(tracker, f"the queue is full, {waiting} wait; listed")

        return Room(self.queue, max(1, most), show)

    def _show(self, tracker: Tracker, description: str = "listing") -> None:
        settled, verb = self.course.settled, "sent" if self.job.wanted.yes else "to send"
        tracker.description = description
        tracker.update(settled.listed, counts={verb: settled.sent, "skipped": settled.listed - settled.sent})


def _pretend(keys: Iterable[str | None]) -> Generator[int, None, None]:
    """Accept every key, and send nothing."""
    done = 0
    for key in keys:
        done += key is not None
        yield done
