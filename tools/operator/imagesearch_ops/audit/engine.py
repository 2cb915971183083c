"""Compare the bucket with the index: two external sorts and one merge, without a database (ADR 54).

The dump is made first. Then another process reads it while this one lists the bucket. Both write lines into sorts, and
the sorted lines of both are joined by the IDs. What differs is looked at again, and brought into the order of keys.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit import bucket_lines, known_lines
from imagesearch_ops.audit.comparing import Comparison, Rules
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.dump_lines import reading_dump
from imagesearch_ops.audit.dumps import Dump, open_dump
from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.job import Job
from imagesearch_ops.audit.known import read_known
from imagesearch_ops.audit.known_lines import Letters
from imagesearch_ops.audit.results import Results
from imagesearch_ops.audit.second_look import Completer, look_again
from imagesearch_ops.audit.sorting import Sorting, sorting
from imagesearch_ops.audit.trusting import check_both, check_dump, check_eligible, check_repeated
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.dlq.session import check_file
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_finder import KeyFinder
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.progress import Tracker, tracking
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder
from imagesearch_ops.sharing import why_not_ours
from imagesearch_ops.times import read_duration

_SORT_MEGABYTES = 40  # of memory, for each side
_FEW_MEGABYTES = 10  # for letters and differences: few, but for a disaster
_TELL_EVERY = 1000  # objects


class Audited(NamedTuple):
    """What an audit has found.

    ``taken_at`` is when the dump was made, in Unix seconds. ``is_whole`` says that all keys were compared.
    """

    counts: Counts
    findings: Findings
    taken_at: float
    is_whole: bool


def find_settings(deployment: Deployment) -> Settings:
    """Return the settings of the function. Raise ``InputError`` if there are none."""
    if deployment.settings is None:
        raise InputError(f"no deployment is known: {deployment.fault} Set INGEST_* or name a --stack.")
    return deployment.settings


def audit(wanted: Wanted, deployment: Deployment, place: Place, report: Report, folder: RunFolder) -> Audited:
    """Compare, and write ``differences.jsonl`` and what ``run.json`` has of it. Print no data.

    ``report`` gets the summary, and what was not a success. Raise ``InputError``, ``IngestError`` and ``OSError``:
    then nothing was concluded, and ``run.json`` is not complete.
    """
    grace = read_duration("--grace", wanted.grace)
    for file in wanted.known:  # before the instance exports
        check_file(file)
    source = open_keys(wanted.keys_from, None, place, deployment)
    job = Job(wanted, deployment, find_settings(deployment), place, source, report, folder)
    counts = Counts(shared=job.settings.is_shared, ours=why_not_ours(job.settings, place.prefix) is None)
    try:
        dump = open_dump(wanted.dump, deployment, folder)
        folder.save(taken_at=dump.taken_at)
        counts.index_total = dump.index_total
        findings = _compare(job, dump, grace, counts)
    except BaseException:
        report.summary |= counts.of_nothing()
        raise
    report.summary |= counts.public()
    if dump.is_made_now:
        dump.path.unlink(missing_ok=True)  # it may be large, and nothing needs it
    folder.save(counts=counts.public(), complete=True)
    return Audited(counts, findings, dump.taken_at, source.is_complete)


def _compare(job: Job, dump: Dump, grace: float, counts: Counts) -> Findings:
    findings = Findings()
    with ExitStack() as stack:
        scratch = stack.enter_context(_scratch(job.folder.path))
        bucket, entries = (stack.enter_context(sorting(scratch, _SORT_MEGABYTES)) for _ in range(2))
        known, results = (stack.enter_context(sorting(scratch, _FEW_MEGABYTES)) for _ in range(2))
        reading = stack.enter_context(reading_dump(dump.path, dump.start_reading(), entries))
        listed = _write_bucket(job, bucket)
        counts.listing_complete = job.source.is_complete
        _write_known(job, known)
        found = reading.wait()
        check_dump(dump, found, counts)
        check_both(job.place, listed, found)
        rules = Rules(job.place.prefix, dump.taken_at, grace, KeyFinder(job.settings))
        keys = Results(results)
        take_same = keys.add_same if job.wanted.combined else None
        comparison = Comparison(rules, Letters(known.read()), counts, Completer.of(job, dump), take_same)
        with tracking("comparing", total=max(listed, found.recognised)) as tracker:
            differences = comparison.run(bucket.read(), entries.read(), tracker.update)
            for looked in look_again(job, dump, differences, counts, lambda number: _tell(tracker, counts, number)):
                counts.add(looked.now, looked.earlier.symbol)
                keys.add(looked.now)
        check_repeated(dump, found, counts)
        check_eligible(job.place, counts)
        for line in keys.write(job.folder, job.wanted.combined):
            findings.add(line)
    return findings


def _tell(tracker: Tracker, counts: Counts, looks: int) -> None:
    tracker.update(counts.entries, counts={"looked at again": looks})


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Yield a folder for temporary files, in the run's folder. It is removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="sorting-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _write_bucket(job: Job, sort: Sorting) -> int:
    """Write the objects, and return their number. They are listed after the dump was made."""
    judge, write, count = KeyJudge(job.settings).judge, sort.write, 0
    with tracking("listing") as tracker, sort.writing():
        for count, listed in enumerate(job.source.objects("", 0), 1):
            write(bucket_lines.write_line(listed, judge(listed)))
            if count % _TELL_EVERY == 0:
                tracker.update(count)
    return count


def _write_known(job: Job, sort: Sorting) -> None:
    judge = KeyJudge(job.settings)
    with sort.writing():
        for known in read_known(job.wanted.known, job.deployment, job.settings, job.url, job.report):
            if line := known_lines.write_line(known, judge):
                sort.write(line)
