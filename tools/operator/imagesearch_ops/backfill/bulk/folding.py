"""Do what is left after an import: fold its failed lines into the report, and announce what it could not settle."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.announcing.announcer import Announcer
from imagesearch_ops.backfill.bulk.changes import Changes
from imagesearch_ops.backfill.bulk.failures import Failures
from imagesearch_ops.backfill.bulk.filling import has_line, open_letters
from imagesearch_ops.backfill.bulk.state import LEFT, META, OBJECTS, STAGED, State
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.index.download import Download
from imagesearch_ops.index.masking import mask
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.progress import tracking
from imagesearch_ops.queues.opening import open_queue
from imagesearch_ops.run_folder import replacing
from imagesearch_ops.shell import quote


def fetch_errors(job: Job, url: str, name: str, ask: Callable[[], str]) -> Path:
    """Download the failed lines of a task as they are, and return the file. Raise ``IngestError`` and ``OSError``."""
    path = job.folder.path / f"errors-{name}.txt"
    with replacing(path) as file, tracking("downloading, in bytes", shown=has_line(job)) as tracker:
        Download(job.settings, ask, file, path, tracker.update, "downloading the failed lines").run(url)
    return path


def fold_failures(job: Job, state: State, path: Path) -> None:
    """Write a letter for each picture that was not added. Tell of lines that cannot be understood."""
    url = job.place.url
    assert url is not None  # noqa: S101 - a bulk import has a bucket
    failures = Failures(path, job.folder.path / META, job.folder.path / STAGED, url.bucket)
    letters = open_letters(job)
    state.failed_lines = 0
    for outcomes in failures.outcomes():
        letters.write(outcomes)
        for one in outcomes:
            code = one.reason.code if one.reason else None
            line = {"key": one.ref and one.ref.key, "outcome": "failed_line", "reason": code, "detail": one.detail}
            job.folder.append(OBJECTS, line)
            job.report.line(line)
        state.failed_lines += len(outcomes)
    state.unknown_lines = failures.unknown
    if failures.unknown:
        _tell_unknown(failures)


def _tell_unknown(failures: Failures) -> None:
    output.message(
        f"{failures.unknown:,} failed lines name no picture of this import, such as {mask(failures.example)} Their "
        f"form is not documented. They are in {failures.errors}."
    )


def announce_rest(job: Job, state: State) -> None:
    """Announce what the import has left out, and what changed meanwhile. Without a queue, say what to type."""
    url = job.place.url
    assert url is not None  # noqa: S101 - as above
    if not job.deployment.queue_url:
        _tell_without_queue(job, state)
        return
    queue = open_queue(job.deployment.queue_url, job.deployment.environ)
    announcer = Announcer(queue, url.bucket, "backfill", job.report.run, job.folder)
    keys = chain((line["key"] for line in job.folder.read(LEFT)), _changes(job, state))
    state.announced = 0
    with (
        tracking("looking for changes, announced", shown=has_line(job)) as tracker,
        closing(announcer.announce(keys)) as accepted,
    ):
        for done in accepted:
            state.announced = done
            tracker.update(done)


def _changes(job: Job, state: State) -> Iterator[str]:
    if job.wanted.keys_from or state.started is None:
        output.message(f"The keys come from a file. For what changed during the run: {_backfill_since(job, state)}")
        return
    staged = job.folder.path / STAGED
    staged.touch()
    until = state.last_key if state.is_limited else ""
    yield from Changes(job.place, staged, KeyJudge(job.settings), state.started, until).keys()


def _tell_without_queue(job: Job, state: State) -> None:
    output.message(
        f"No queue of a function is known. For what changed during the run: {_backfill_since(job, state)} "
        "For what was removed: imagesearch-ingest audit, then reconcile."
    )


def _backfill_since(job: Job, state: State) -> str:
    since = datetime.fromtimestamp(state.started or 0, UTC).isoformat(timespec="seconds")
    words = ["imagesearch-ingest backfill", quote(job.wanted.url), "--since", since, *job.wanted.deployment.words()]
    return " ".join([*words, "--yes"])
