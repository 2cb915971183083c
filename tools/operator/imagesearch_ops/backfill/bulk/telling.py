"""Say what a bulk import has done, and what to type next."""

from typing import Any

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import output
from imagesearch_ops.backfill.bulk.lines import WHY_LEFT
from imagesearch_ops.backfill.bulk.staging import StagingBucket
from imagesearch_ops.backfill.bulk.state import State
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.runs import fail_if_nothing
from imagesearch_ops.terminal_text import printable


def summarise(job: Job, state: State) -> dict[str, Any]:
    """Return what the summary says at any moment."""
    about = {"url": str(job.place), "engine": str(job.engine), "dry_run": not job.wanted.yes}
    return about | state.counts() | {"last_key": state.last_key or None, "phase": str(state.phase)}


def describe_stop(job: Job, state: State) -> str:
    """Return the last line of a bulk import that has not come to its end."""
    if state.started is None:
        return "Stopped: nothing was written."
    return f"Stopped: {_describe_counts(state)}. Go on with: {job.wanted.command(resume=job.folder.path)}"


def conclude(job: Job, state: State, staging: StagingBucket) -> None:
    """Choose the exit code and say how to go on."""
    report = job.report
    if state.unknown_lines:
        where = job.folder.path / f"errors-{state.task}.txt"
        message = f"{state.unknown_lines:,} failed lines are not understood: look which pictures they mean in {where}"
        report.fail(ExitCode.FAILED, "failed_lines_unknown", message)
    fail_if_nothing(report, job.place, listed=state.listed, eligible=state.listed - state.skipped.total())
    if state.is_limited:
        message = (
            f"Stopped after {job.wanted.max_objects:,} objects, as --max-objects says. This run cannot go on. A new "
            "one, with an empty bucket and without --max-objects, imports all."
        )
        report.fail(ExitCode.LIMIT, "max_objects", message)
    left = 0 if job.deployment.queue_url else state.left.total()
    if lost := state.rejected.total() + state.failed_lines + left:
        pictures = "picture was" if lost == 1 else "pictures were"
        message = f"{lost:,} {pictures} not imported: see letters.jsonl and objects.jsonl in {job.folder.path}"
        if report.error is None:
            report.fail(ExitCode.INCOMPLETE, "not_imported", message)
        else:
            output.message(message)
    show_reasons(job, state)
    output.message(
        f"The prepared pictures stay in {staging}, and cost storage. Once the import is right, remove them: "
        f"{staging.removal}"
    )
    report.ending = lambda: f"{printable(_describe_counts(state))}. Run: {job.folder.path}"


def show_reasons(job: Job, state: State) -> None:
    """Print why objects are not imported, for a person."""
    if job.report.as_json:
        return
    table = output.new_table("outcome", "reason", "objects", "details", numbers={"objects"})
    outcomes = {"skipped": state.skipped, "rejected": state.rejected, "left": state.left}
    for outcome, counter in outcomes.items():
        for reason, number in counter.most_common():
            hint = WHY_LEFT[reason] if outcome == "left" else Reason[reason.upper()].hint
            table.add_row(outcome, reason, f"{number:,}", hint)
    output.print_table(table)


def _describe_counts(state: State) -> str:
    words = [f"{state.listed:,} listed", f"{state.sent:,} sent"]
    counts = {
        "imported": state.imported,
        "failed at the import": state.failed_lines,
        "in lines not understood": state.unknown_lines,
        "rejected": state.rejected.total(),
        "skipped": state.skipped.total(),
        "left": state.left.total(),
        "announced": state.announced,
    }
    return ", ".join(words + [f"{number:,} {name}" for name, number in counts.items() if number])
