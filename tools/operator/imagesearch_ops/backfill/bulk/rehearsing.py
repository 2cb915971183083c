"""Show what a bulk import would do. The source is listed and some pictures are read; nothing is written."""

import time
from contextlib import closing
from itertools import islice

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops import output
from imagesearch_ops.backfill.bulk.filling import has_line, limit, open_stager, stop_at_faults
from imagesearch_ops.backfill.bulk.lines import why_left
from imagesearch_ops.backfill.bulk.staging import StagingBucket
from imagesearch_ops.backfill.bulk.state import State
from imagesearch_ops.backfill.bulk.telling import show_reasons
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.plan.text import describe_bytes, describe_hours
from imagesearch_ops.progress import tracking
from imagesearch_ops.runs import fail_if_nothing

_SAMPLE = 40  # pictures that are prepared to measure how long one takes


def rehearse(job: Job, state: State, staging: StagingBucket) -> None:
    """List and count what is left, and estimate how long it takes."""
    judge = KeyJudge(job.settings)
    first: list[ListedObject] = []
    total = 0
    with tracking("listing", known=state.listed, shown=has_line(job)) as tracker:
        for listed in limit(job, state):
            verdict = judge.judge(listed)
            if not isinstance(verdict, ImageIdentity):
                state.skipped[verdict.reason.code] += 1
            elif why := why_left(listed.key):
                state.left[why] += 1
            else:
                state.sent += 1
                total += listed.size
                if len(first) < _SAMPLE:
                    first.append(listed)
            state.count += 1
            tracker.update(state.listed)
    fail_if_nothing(job.report, job.place, listed=state.listed, eligible=state.sent + state.left.total())
    seconds = _measure(job, first)
    job.report.summary |= {"bytes": total, "seconds_about": round(seconds * state.sent) if first else None}
    show_reasons(job, state)
    output.message(f"This was a dry run: nothing was written. To import: {job.wanted.command()}")
    text = _describe(state, staging, total, seconds)
    job.report.ending = lambda: text


def _measure(job: Job, objects: list[ListedObject]) -> float:
    """Return the seconds that one picture takes, judged by the first ones."""
    if not objects:
        return 0.0
    with closing(open_stager(job, lambda *_: None)) as stager:
        began = time.monotonic()
        done = sum(1 for _ in stop_at_faults(stager.run(islice(objects, _SAMPLE))))
    return (time.monotonic() - began) / done


def _describe(state: State, staging: StagingBucket, total: int, seconds: float) -> str:
    left = f", {state.left.total():,} left to other ways" if state.left else ""
    counts = f"{state.listed:,} listed, {state.sent:,} would be imported, {state.skipped.total():,} skipped{left}"
    if not state.sent:
        return f"{counts}."
    time_text = describe_hours(seconds * state.sent / 3600)
    return (
        f"{counts}. {describe_bytes(total)} to read, prepare and write to {staging}: {time_text} on this machine, "
        f"judged by the first pictures. How long Image Search takes then is not documented."
    )
