"""Look again at what differs, as far as bucket and index can be asked."""

from collections.abc import Callable, Iterable, Iterator
from typing import Self

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ops import output
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.audit.bucket_lines import BucketLine
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.dumps import Dump
from imagesearch_ops.audit.job import Job
from imagesearch_ops.audit.looking import MOST_LOOKS, Looked, Looker
from imagesearch_ops.buckets.looking import open_looker
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.instance import open_instance
from imagesearch_ops.stores import open_store
from imagesearch_ops.times import read_duration, read_time


class Completer:
    """Ask the bucket for the ETag and the time of objects of which the source of the keys does not know them."""

    def __init__(self, head: Callable[[str], ObjectState | None]) -> None:
        self._head = head
        self._left = MOST_LOOKS

    @classmethod
    def of(cls, job: Job, dump: Dump) -> Self:
        """Return what asks the bucket of an audit."""
        url, patience = job.url, Patience()
        if _nobody_answers(job, dump):
            return cls(lambda _: None)
        store = open_store(url.cloud, job.deployment)
        return cls(lambda key: patience(lambda: store.head(ObjectRef(url.cloud, url.bucket, key))))

    def __call__(self, line: BucketLine) -> BucketLine:
        """Return the line with what the bucket says, or as it is. The first fault ends the asking."""
        if line.etag or self._left <= 0:
            return line
        self._left -= 1
        try:
            state = self._head(line.key)
        except IngestError:  # the second look tells it
            self._left = 0
            return line
        if state is None:
            return line
        time = read_time(state.last_modified)
        return line._replace(etag=state.etag, last_modified=time.timestamp() if time else line.last_modified)


def look_again(
    job: Job, dump: Dump, differences: Iterable[Difference], counts: Counts, tell: Callable[[int], None]
) -> Iterator[Looked]:
    """Yield each difference as it was found, and as it is now. ``tell`` gets how many were looked at.

    Without an instance to ask, and with keys from a file, nobody may be there to ask: they stay as they are.
    """
    url = job.url
    if _nobody_answers(job, dump):
        output.message("The index cannot be asked, so no difference was looked at again.")
        if _is_older(job, dump):
            output.message("The inventory is older than the dump: an object that was uploaded between them becomes -.")
        yield from (Looked(one, one) for one in differences)
        return
    asker = None if dump.index_total is None else Asker(open_instance(job.deployment))
    looker = Looker(
        open_store(url.cloud, job.deployment),
        open_looker(url, job.deployment),
        url.cloud,
        url.bucket,
        asker,
        dump.taken_at,
        read_duration("--grace", job.wanted.grace),
        job.wanted.keys_from is None,
        job.report,
        is_list_old=_is_older(job, dump),
    )
    wanted = differences if job.source.is_complete else _only_known(differences, counts)
    yield from looker.look_again(wanted, tell=tell)
    if looker.unlisted:
        counts.listing_complete = False
    if looker.left:
        output.message(f"{looker.left:,} differences were not looked at again: only the first {MOST_LOOKS:,} are.")


def _nobody_answers(job: Job, dump: Dump) -> bool:
    """Return whether both sides are files, and no instance answers: then nothing may answer here."""
    return job.wanted.keys_from is not None and dump.index_total is None


def _is_older(job: Job, dump: Dump) -> bool:
    return job.source.listed_at is not None and job.source.listed_at < dump.taken_at


def _only_known(differences: Iterable[Difference], counts: Counts) -> Iterator[Difference]:
    """Leave out entries without a key that nobody can look at: the keys of a file may be some of many."""
    candidates = 0
    for one in differences:
        if one.symbol is Symbol.ORPHANED and candidates >= MOST_LOOKS:
            counts.indexed -= 1
            counts.elsewhere += 1
        else:
            candidates += one.symbol.is_drift
            yield one
