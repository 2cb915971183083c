"""Add the pictures from this process, through the library's own pipeline: the direct engine of ``backfill``."""

from contextlib import closing

from imagesearch_ops import output
from imagesearch_ops.backfill.direct.dry_run import run_dry
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Ledger
from imagesearch_ops.backfill.direct.letters import LETTERS
from imagesearch_ops.backfill.direct.pace import choose_rate
from imagesearch_ops.backfill.direct.pipeline import open_pipeline
from imagesearch_ops.backfill.direct.telling import describe_end, describe_problems, describe_stop, resume_command
from imagesearch_ops.backfill.direct.working import Working
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import MOST_ROWS


def run(job: Job) -> None:
    """Do the backfill. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    rate = choose_rate(job)
    if job.wanted.yes:
        _run(job, rate)
    else:
        run_dry(job, rate)


def _run(job: Job, rate: float) -> None:
    report, interruption = job.report, Interruption()
    shown = not (report.as_json and output.is_data_shown())
    with interruption.held_back(), closing(open_pipeline(job, rate)) as pipeline:
        ledger = Ledger(job.folder)
        with tracking("adding", known=ledger.totals.seen, shown=shown) as tracker:
            working = Working(job, pipeline, ledger, interruption, rate, tracker)
            try:
                working.run()
            finally:
                _conclude(job, working)


def _conclude(job: Job, working: Working) -> None:
    """Save the state, and say what is settled."""
    report, totals = job.report, working.ledger.totals
    counts = totals.to_json()
    is_complete = working.is_complete and not working.not_settled
    report.summary |= counts | {
        "seen": totals.seen,
        "not_settled": working.not_settled,
        "adds_per_second": working.rate,
        "letters": str(job.folder.path / LETTERS),
        "complete": is_complete,
        "resume": None if is_complete else resume_command(job),
    }
    if not report.as_json:
        output.results_table(working.problems[:MOST_ROWS])
        report.say_if_cut(len(working.problems))
    describe = describe_end if is_complete else describe_stop
    report.ending = lambda: describe(job, totals)
    if working.is_limited:
        option = "--max-errors" if working.is_at_most_errors else "--max-objects"
        report.fail(ExitCode.LIMIT, "limit", f"stopped at {option}: the rest is not done")
    elif is_complete and (problems := describe_problems(job, totals)):
        report.code = ExitCode.INCOMPLETE
        report.error = {"code": int(report.code), "reason": "rejected", "message": problems, "hint": None}
    working.ledger.save(complete=is_complete)
