"""List and judge the keys, and say what a run would do. Nothing is changed."""

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Result
from imagesearch_ops import output
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.direct.ledger import Ledger
from imagesearch_ops.backfill.direct.telling import list_reasons
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.progress import tracking

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


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
    skipped = counts.reasons.get(Result.SKIPPED)
    job.report.summary |= {
        "dry_run": True,
        "listed": wanted + counts.seen,
        "sent": 0,
        "would_send": wanted,
        "skipped": counts.seen,
        "skipped_by_reason": counts.to_json()["skipped_by_reason"],
        "adds_per_second": rate,
        "hours": round(wanted / rate / _HOUR, 3),
    }
    why = f" ({list_reasons(skipped)})" if skipped else ""
    job.report.ending = lambda: (
        f"{wanted + counts.seen:,} listed, {wanted:,} to add, {counts.seen:,} skipped{why}.\n"
        f"At {rate:g}/s that takes about {_describe_time(wanted / rate)}. Nothing was sent.\n"
        f"Do it with: {job.wanted.command()}"
    )


def _describe_time(seconds: float) -> str:
    for unit, name in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}" if unit != _MINUTE else f"{seconds / unit:.0f} min"
    return f"{seconds:.0f} s"
