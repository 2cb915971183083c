"""Write what a person reads at the end of a run."""

from collections.abc import Mapping, Sequence

from imagesearch_ingest.model.reasons import Result
from imagesearch_ops import output
from imagesearch_ops.backfill.as_announced import LETTERS
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.shell import quote
from imagesearch_ops.terminal_text import printable


def describe_counts(counts: Counts) -> str:
    """Return the counts as a line, with the reasons of what was not added."""
    parts = [f"{counts.seen:,} seen"]
    for result in Result:
        if number := counts.outcomes[result]:
            reasons = list_reasons(counts.reasons.get(result, {}))
            parts.append(f"{number:,} {result}{f' ({reasons})' if reasons else ''}")
    return ", ".join(parts)


def describe_end(job: Job, counts: Counts) -> str:
    """Return the last lines of a run that has come to its end."""
    return "\n".join(filter(None, (describe_counts(counts), describe_problems(job, counts))))


def describe_stop(job: Job, counts: Counts, not_settled: int) -> str:
    """Return the last lines of a run that was stopped: what is settled, what was only begun, and how to go on."""
    begun = f", {not_settled:,} begun and not settled" if not_settled else ""
    lines = (f"Stopped: {describe_counts(counts)}{begun}", describe_problems(job, counts))
    return "\n".join([*filter(None, lines), f"Go on with: {resume_command(job)}"])


def describe_problems(job: Job, counts: Counts) -> str:
    """Return how many pictures have dead letters, and how to see them; an empty text if none has."""
    number = counts.outcomes[Result.REJECTED] + counts.outcomes[Result.FAILED]
    command = f"imagesearch-ingest dlq list --from {quote(str(job.folder.path / LETTERS))}"
    pictures = "picture was" if number == 1 else "pictures were"
    return f"{number:,} {pictures} not added. See why: {command}" if number else ""


def resume_command(job: Job) -> str:
    """Return the command that goes on with the run."""
    return job.wanted._replace(engine=EngineName.DIRECT).command(resume=job.folder.path)


def list_reasons(reasons: Mapping[str, int]) -> str:
    """Return reasons with their numbers, the most frequent first."""
    found = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} {reason}" for reason, number in found)


def print_problems(results: Sequence[ObjectResult]) -> None:
    """Print one row per picture that was not added. Key and cause alone leave room for both at 80 columns."""
    table = output.new_table("key", "details")
    for result in results:
        table.add_row(output.short_key(result.key or ""), printable(f"{result.reason}: {result.detail or ''}"))
    output.print_table(table)
