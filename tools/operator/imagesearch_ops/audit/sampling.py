"""``audit --sample``: list every key, and ask the index about those with the smallest hashes.

No dump is needed. What is in the index without an object cannot be seen in this way.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.known import Known, read_known
from imagesearch_ops.audit.looking import Looker
from imagesearch_ops.audit.sample_counts import SampleCounts
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.looking import open_looker
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import open_instance
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.plan.sampling import MOST_SAMPLED, Sample
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import Report
from imagesearch_ops.stores import open_store

_THREADS = 8
_MOST_FAULTS = 10  # in a row: then nothing answers
_TELL_EVERY = 1000  # keys
_Answer = bool | IngestError


@dataclass(frozen=True, slots=True)
class SampleJob:
    """What to sample. ``grace`` is in seconds, and ``take`` gets each object of the sample that is not the same."""

    size: int
    url: BucketUrl
    source: KeySource
    deployment: Deployment
    settings: Settings
    known: Sequence[Path]
    grace: float
    report: Report
    take: Callable[[Difference], None]


def check_size(size: int) -> None:
    """Raise ``InputError`` for a sample that memory should not hold."""
    if size > MOST_SAMPLED:
        raise InputError(f"--sample {size}: at most {MOST_SAMPLED}. Leave it out to compare all by a dump.")


def audit_sample(job: SampleJob) -> SampleCounts:
    """Ask about a sample of the keys, and count its classes. Report what could not be found out.

    Raise ``InputError``, ``ListingError``, and ``IngestError`` if the index does not answer.
    """
    check_size(job.size)
    counts = SampleCounts()
    job.report.summary |= counts.public()
    try:
        asker = Asker(open_instance(job.deployment))
        counts.index_total = asker.instance.detail().total
        sample = _list(job, counts)
        if sample:
            _ask(job, asker, sample, counts)
    finally:
        job.report.summary |= counts.public()
    _conclude(job, counts)
    return counts


def _list(job: SampleJob, counts: SampleCounts) -> list[tuple[ListedObject, ImageIdentity]]:
    judge, sample = KeyJudge(job.settings), Sample(job.size, str(job.url))
    with tracking("listing") as tracker:
        for counts.listed, listed in enumerate(job.source.objects("", 0), 1):
            if isinstance(judge.judge(listed), ImageIdentity):
                sample.add(listed)
            else:
                counts.not_ours += 1
            if counts.listed % _TELL_EVERY == 0:
                tracker.update(counts.listed)
    counts.listing_complete = job.source.is_complete
    chosen = {listed.key: listed for listed in sample.objects()}  # a file may name a key twice
    judged = ((listed, judge.judge(listed)) for listed in chosen.values())
    return [(listed, identity) for listed, identity in judged if isinstance(identity, ImageIdentity)]


def _ask(
    job: SampleJob, asker: Asker, sample: Sequence[tuple[ListedObject, ImageIdentity]], counts: SampleCounts
) -> None:
    keys = {listed.key for listed, _ in sample}
    read = read_known(job.known, job.deployment, job.settings, job.url, job.report)
    known = {one.key: one for one in read if one.key in keys}
    looker = Looker(
        open_store(job.url.cloud, job.deployment),
        open_looker(job.url, job.deployment),
        job.url.cloud,
        job.url.bucket,
        asker,
        time.time(),
        job.grace,
        is_listing=job.source.is_complete,
        report=job.report,
    )
    with tracking("asking the index", total=len(sample)) as tracker:
        classes = _find_classes(sample, asker, known, looker.taken_at - job.grace, tracker.update)
        for looked in looker.look_again(classes):
            counts.sampled += 1
            counts.classes[looked.now.symbol] += 1
            if looked.now.symbol is not Symbol.SAME:
                job.take(looked.now)
    counts.is_complete = True


def _find_classes(
    sample: Sequence[tuple[ListedObject, ImageIdentity]],
    asker: Asker,
    known: Mapping[str, Known],
    young: float,
    tell: Callable[[int], None],
) -> Iterator[Difference]:
    """Yield each object of the sample with its class. Raise a fault that a person must mend, or that does not end."""
    faults = 0

    def ask(one: tuple[ListedObject, ImageIdentity]) -> _Answer:
        try:
            return asker.has_entry(one[1].product_id, one[1].pic_name)
        except IngestError as error:
            return error

    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            answers = zip(sample, threads.map(ask, sample), strict=True)
            for number, ((listed, identity), answer) in enumerate(answers, 1):
                tell(number)
                faults = _count_faults(answer, faults)
                symbol, why = _judge(listed, answer, known.get(listed.key), young)
                yield Difference(
                    symbol,
                    listed.key,
                    identity.product_id,
                    identity.pic_name,
                    listed.etag,
                    listed.last_modified,
                    why,
                )
        except BaseException:  # a signal must not wait for what waits
            asker.stop()
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _count_faults(answer: _Answer, faults: int) -> int:
    """Return how many faults came in a row. Raise one that a person must mend, or that does not end."""
    if not isinstance(answer, IngestError):
        return 0
    if answer.is_systemic or faults + 1 >= _MOST_FAULTS:
        raise answer
    return faults + 1


def _judge(listed: ListedObject, answer: _Answer, known: Known | None, young: float) -> tuple[Symbol, str]:
    if isinstance(answer, IngestError):
        return Symbol.UNDECIDED, f"{answer.reason.code}: {answer.detail}"
    if answer:
        return Symbol.SAME, ""
    is_rejected, why = known.judge(listed) if known else (False, "not in the index, and no letter says why")
    if is_rejected:
        return Symbol.REJECTED, why
    if listed.last_modified is not None and listed.last_modified > young:
        return Symbol.WAITING, "younger than the grace"
    return Symbol.MISSING, why


def _conclude(job: SampleJob, counts: SampleCounts) -> None:
    """Choose the exit code."""
    if not counts.eligible:
        what = "holds no objects" if not counts.listed else f"holds no object that the rule takes, of {counts.listed:,}"
        job.report.fail(ExitCode.FAILED, "nothing_compared", f"Nothing was asked: {job.url} {what}.")
        return
    if counts.errors:
        text = f"{counts.errors:,} of {counts.sampled:,} keys could not be decided. Audit again."
        job.report.fail(ExitCode.FAILED, "undecided", text)
    if counts.public()["drift"]:
        output.message("Objects are missing in the index.")
        if job.report.code == ExitCode.OK:
            job.report.code = ExitCode.DRIFT
