"""List and judge the keys, and say what a run would do. Nothing is changed."""

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Result
from imagesearch_ops import output
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.direct.ledger import Ledger
from imagesearch_ops.backfill.direct.telling import list_reasons
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.plan.text import describe_hours
from imagesearch_ops.progress import tracking
from imagesearch_ops.runs import fail_if_nothing


def run_dry(job: Job, rate: float) -> None:
    """List what is left of the source, and count it."""
    ledger, judge, counts, wanted = Ledger(job.folder), KeyJudge(job.settings), Counts(), 0
    most = job.wanted.max_objects
    with tracking("listing", shown=not (job.report.as_json and output.is_data_shown())) as tracker:
        for listed in job.source.objects(ledger.last_key, ledger.count):
            verdict = judge.judge(listed)
            if isinstance(verdict, ImageIdentity):
                if most is not None and wanted == most:
                    break
                wanted += 1
            else:
                counts.add(Result.SKIPPED, verdict.reason.code)
            tracker.update(wanted + counts.seen)
    job.report.summary |= {
        "url": str(job.place),
        "engine": str(job.engine),
        "dry_run": True,
        "listed": wanted + counts.seen,
        "sent": wanted,
        "skipped": counts.seen,
        "skipped_by_reason": counts.to_json()["skipped_by_reason"],
        "adds_per_second": rate,
        "hours": round(wanted / rate / 3600, 3),
    }
    then = f"nothing was sent. To send: {job.wanted.command()}" if wanted else "nothing was sent, and nothing would be."
    output.message(f"This was a dry run: {then}")
    fail_if_nothing(job.report, job.place, listed=wanted + counts.seen, eligible=wanted)
    job.report.ending = lambda: _describe(wanted, counts, rate)


def _describe(wanted: int, counts: Counts, rate: float) -> str:
    why = list_reasons(counts.reasons.get(Result.SKIPPED, {}))
    skipped = f"{counts.seen:,} skipped{f' ({why})' if why else ''}"
    hours = f" At {rate:g} adds a second: {describe_hours(wanted / rate / 3600)}." if wanted else ""
    return f"{wanted + counts.seen:,} listed, {wanted:,} would be sent, {skipped}.{hours}"
