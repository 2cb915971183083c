"""Add the pictures from this process, through the library's own pipeline: the direct engine of ``backfill``."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from imagesearch_ops import output
from imagesearch_ops.backfill.as_announced import LETTERS
from imagesearch_ops.backfill.direct.changes import MOST_LISTINGS, Changes
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.direct.dry_run import run_dry
from imagesearch_ops.backfill.direct.feed import Feed
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Book, Ledger
from imagesearch_ops.backfill.direct.pace import choose_rate
from imagesearch_ops.backfill.direct.pipeline import open_pipeline
from imagesearch_ops.backfill.direct.telling import (
    describe_end,
    describe_problems,
    describe_stop,
    print_problems,
    resume_command,
)
from imagesearch_ops.backfill.direct.working import Working
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import MOST_ROWS
from imagesearch_ops.runs import fail_if_nothing


def run(job: Job) -> None:
    """Do the backfill. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    rate = choose_rate(job)
    if job.wanted.yes:
        _run(job, rate)
    else:
        run_dry(job, rate)


def _run(job: Job, rate: float) -> None:
    interruption = Interruption()
    shown = not (job.report.as_json and output.is_data_shown())
    with interruption.held_back(), closing(open_pipeline(job, rate)) as pipeline:
        ledger = Ledger(job.folder)
        tracker = tracking("adding", known=ledger.totals.seen, shown=shown)
        working = Working(job, pipeline, interruption, rate)
        run = _Run(job, working, interruption, ledger)
        try:
            with tracker as working.tracker:
                run.do()
        finally:
            run.conclude()  # once the moving line is gone


@dataclass(slots=True)
class _Run:
    """One run: all objects of the source, and then those that changed meanwhile."""

    job: Job
    working: Working
    interruption: Interruption
    ledger: Ledger
    changes: Changes | None = None
    is_complete: bool = False

    @property
    def totals(self) -> Counts:
        return self.changes.totals if self.changes else self.ledger.totals

    def do(self) -> None:
        """Do everything, unless a limit is reached. Raise ``IngestError`` and ``OSError``."""
        ledger, source = self.ledger, self.job.source
        if not ledger.is_at_end:
            objects = source.objects(ledger.last_key, ledger.count)
            self._work(ledger, objects, self.job.wanted.max_objects)
            if self.working.is_limited:
                return
            ledger.end()
        if source.is_listing:
            self._look_again()
        self.is_complete = not self.working.not_settled

    def _look_again(self) -> None:
        changes = self.changes = Changes(self.job.folder)
        for _ in range(MOST_LISTINGS):
            looked = changes.looked
            self._work(changes, changes.find(self.job.source.objects("", 0)))
            if changes.looked == looked or self.working.is_limited:
                return

    def _work(self, book: Book, objects: Iterator[ListedObject], most: int | None = None) -> None:
        self.working.run(book, Feed(self.job, objects, book, self.interruption, most))

    def conclude(self) -> None:
        """Save the state, and say what is settled."""
        report, working = self.job.report, self.working
        self._save()
        report.summary |= {
            "url": str(self.job.place),
            "engine": str(self.job.engine),
            "dry_run": False,
            **self.totals.to_json(),
            "seen": self.totals.seen,
            "looked_again": self.changes.looked if self.changes else 0,
            "not_settled": working.not_settled,
            "adds_per_second": working.rate,
            "letters": str(self.job.folder.path / LETTERS),
            "complete": self.is_complete,
            "resume": None if self.is_complete else resume_command(self.job),
        }
        report.ending = self._describe
        if not report.as_json:
            print_problems(working.problems[:MOST_ROWS])
            report.say_if_cut(len(working.problems))
        self._choose_code()

    def _describe(self) -> str:
        if self.is_complete:
            return describe_end(self.job, self.totals)
        return describe_stop(self.job, self.totals, self.working.not_settled)

    def _save(self) -> None:
        if not self.totals.seen and not self.working.not_settled and not self.is_complete:
            self.job.folder.discard()
        (self.changes or self.ledger).save()
        self.job.folder.save(complete=self.is_complete)

    def _choose_code(self) -> None:
        report, working = self.job.report, self.working
        if working.is_limited:
            self._report_limit()
        elif self.is_complete and not self.totals.seen:
            fail_if_nothing(report, self.job.place, listed=0, eligible=0)
        elif self.is_complete and (problems := describe_problems(self.job, self.totals)):
            report.code = ExitCode.INCOMPLETE
            report.error = {"code": int(report.code), "reason": "rejected", "message": problems, "hint": None}

    def _report_limit(self) -> None:
        wanted, fail = self.job.wanted, self.job.report.fail
        if self.working.is_at_most_errors:
            message = f"Stopped after {wanted.max_errors:,} objects that failed, as --max-errors says."
            fail(ExitCode.LIMIT, "max_errors", message)
        else:
            message = f"Stopped after {wanted.max_objects:,} objects, as --max-objects says."
            fail(ExitCode.LIMIT, "max_objects", message)
