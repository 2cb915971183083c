"""Work on the objects of a source, many at once, until all are settled or something stops the run.

The main thread starts the objects, settles them and writes all files. Other threads only reconcile.
"""

import random
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ops.backfill.direct.feed import Feed
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Book
from imagesearch_ops.backfill.direct.pipeline import MAX_OBJECTS, Pipeline, Settled
from imagesearch_ops.backfill.direct.work import Work
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.daemon_threads import DaemonThreads
from imagesearch_ops.progress import Tracker
from imagesearch_ops.report import MOST_ROWS
from imagesearch_ops.results import ObjectResult

MAX_SOURCE_BYTES = 32 << 20  # of all objects in work together; a larger one is in work alone
UNPROVEN_OBJECTS = 4  # in work at once before the first one is in the index: a wrong key then fails only these
MOST_AGAIN = 10  # objects that wait for another try: with more, no new one begins, since it may be an outage
AGAIN_SECONDS = 15.0  # about: from a fault that may pass to the second try
_MOST_TRIES = 8  # as many as the function receives a message
_FIRST_PROVEN_TRY = 2  # from this failing try on, the service has to prove that it works
_TURN_SECONDS = 0.5  # the longest wait before the state is saved and the progress is shown
_GRACE_SECONDS = 3.0  # for what is in work when the run is stopped


@dataclass(slots=True)
class Working:
    """One run at work.

    ``not_settled`` counts what was begun and not settled. ``problems`` are the first results that were rejected or have
    failed. ``book`` and ``feed`` are those of the latest run.
    """

    job: Job
    pipeline: Pipeline
    interruption: Interruption
    rate: float
    tracker: Tracker = field(default_factory=lambda: Tracker("adding"))
    problems: list[ObjectResult] = field(default_factory=list)
    failed: int = 0  # settled as failed by this process
    not_settled: int = 0
    is_at_most_errors: bool = False
    is_at_most_objects: bool = False
    book: Book = field(init=False)
    feed: Feed = field(init=False)
    _limit: ConcurrencyLimit = field(init=False)
    _running: dict[Future[Outcome], Work] = field(default_factory=dict)
    _again: list[Work] = field(default_factory=list)
    _threads: DaemonThreads = field(default_factory=DaemonThreads)
    _proof: Work | None = None  # the latest object that changed the index

    def __post_init__(self) -> None:
        """Start with few objects at once."""
        self._limit = ConcurrencyLimit(self.rate, MAX_OBJECTS, MAX_SOURCE_BYTES)

    @property
    def is_limited(self) -> bool:
        """Return whether a limit keeps the run from its end."""
        return self.is_at_most_errors or self.is_at_most_objects

    def run(self, book: Book, feed: Feed) -> None:
        """Settle everything in ``feed``, or stop at a limit. Write it into ``book``.

        Raise the ``IngestError`` of a fault that other objects would have, too.
        """
        self.book, self.feed = book, feed
        try:
            while self._start() or self._running or self._again:
                self._wait()
                self.book.save_if_due()
                self.tracker.update(self.book.totals.seen, counts=self._counts())
        except BaseException:
            self._drain()
            raise
        self.is_at_most_objects = feed.is_limited

    def _counts(self) -> dict[str, int]:
        outcomes = self.book.totals.outcomes
        return {str(result): outcomes[result] for result in Result if outcomes[result]}

    def _start(self) -> bool:
        """Start as many objects as there is room for. Return whether any was started."""
        began = False
        while not self.is_at_most_errors and (work := self._peek()) and self._has_room(work):
            self._take(work)
            self.job.folder.journal({"action": self.book.action, "key": work.ref.key, "try": work.tries})
            self._running[self._threads.submit(self.pipeline.reconcile, work.record)] = work
            began = True
        return began

    def _peek(self) -> Work | None:
        if due := next((work for work in self._again if work.due <= time.monotonic()), None):
            return due
        most = MOST_AGAIN if self._proof else UNPROVEN_OBJECTS
        return self.feed.peek() if len(self._again) < most else None

    def _take(self, work: Work) -> None:
        if work in self._again:
            self._again.remove(work)
        else:
            self.feed.take()

    def _has_room(self, work: Work) -> bool:
        if self._proof is None and len(self._running) >= UNPROVEN_OBJECTS:
            return False
        return self._limit.has_room([one.listed.size for one in self._running.values()], work.listed.size)

    def _wait(self) -> None:
        """Wait until an object is done, and settle all that are."""
        with self.interruption.allowed():
            if self._running:
                wait(self._running, _TURN_SECONDS, FIRST_COMPLETED)
            else:
                time.sleep(_TURN_SECONDS)
        for future in [future for future in self._running if future.done()]:
            self._finish(self._running.pop(future), future.result())
        if self.is_at_most_errors:
            self.not_settled += len(self._again)
            self._again.clear()

    def _finish(self, work: Work, outcome: Outcome) -> None:
        settled = self.pipeline.settle(work.record, outcome)
        if settled.back is None:
            self._settle(work, settled)
        elif outcome.fault_class is FaultClass.TRANSIENT and not _letter_faults(settled) and work.tries < _MOST_TRIES:
            self._try_again(work, settled)
        else:
            self._stop(settled)

    def _settle(self, work: Work, settled: Settled) -> None:
        outcome, result = settled.outcome, settled.result
        self.book.settle(work.entry, result)
        self._show(result)
        self.failed += result.outcome == Result.FAILED
        if self.failed >= self.job.wanted.max_errors:
            self.is_at_most_errors = True
        if outcome.result.changed_index:
            self._proof = work
            self._limit.observe((outcome.milliseconds - outcome.milliseconds_waited) / 1000)

    def _show(self, result: ObjectResult) -> None:
        self.job.report.line(result.public())
        if result.outcome in (Result.REJECTED, Result.FAILED) and len(self.problems) <= MOST_ROWS:
            self.problems.append(result)

    def _try_again(self, work: Work, settled: Settled) -> None:
        """Try an object again later, in case its fault passes.

        A fault that is there at the second try may be the object's own, although no other object has shown that since.
        Then the latest object that was added is added again: only if that fails, too, is it an outage. Right after it,
        the next try shows whose fault it is, unless another failing object comes between.
        """
        if work.tries > 1 and not self._proves_service():
            self._stop(settled)
        is_proven_now = work.tries == _FIRST_PROVEN_TRY
        work.due = time.monotonic() + (0 if is_proven_now else AGAIN_SECONDS * random.uniform(0.75, 1.25))
        work.tries += 1
        self._again.append(work)

    def _proves_service(self) -> bool:
        if self._proof is None:
            return False
        future = self._threads.submit(self.pipeline.reconcile, self._proof.record)
        with self.interruption.allowed():
            wait([future])
        return future.result().result.changed_index

    def _stop(self, settled: Settled) -> None:
        """Raise the fault of an object that is not settled."""
        self._note_unsettled(settled)
        if faults := _letter_faults(settled):
            raise faults[0]
        raise _fault_of(settled.outcome)

    def _note_unsettled(self, settled: Settled) -> None:
        self.not_settled += 1
        self._show(settled.result)

    def _drain(self) -> None:
        """Stop what is in work, and settle what comes to its end nevertheless."""
        self.pipeline.stop()
        if self._running:
            wait(self._running, _GRACE_SECONDS)
        for future, work in self._running.items():
            settled = self.pipeline.settle(work.record, future.result()) if future.done() else None
            if settled and settled.back is None:
                self._settle(work, settled)
            elif settled and settled.outcome.fault_class is FaultClass.SYSTEMIC:
                self._note_unsettled(settled)
            else:
                self.not_settled += 1
        self.not_settled += len(self._again)
        self._running.clear()


def _letter_faults(settled: Settled) -> list[IngestError]:
    faults = settled.back.faults if settled.back else ()
    return [fault for fault in faults if isinstance(fault, IngestError)]


def _fault_of(outcome: Outcome) -> IngestError:
    """Return the error that ends the run. Nobody can read anything if no object can be read."""
    reason, detail = outcome.reason or Reason.INTERNAL_ERROR, outcome.detail or ""
    if reason is Reason.ACCESS_DENIED:
        reason = Reason.BUCKET_FORBIDDEN
    return IngestError(reason, detail, service_code=outcome.service_code)
