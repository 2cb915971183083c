"""Look again at what differs, as far as bucket and index can be asked."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imagesearch_ops import output
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.dumps import Dump
from imagesearch_ops.audit.looking import MOST_LOOKS, Looked, Looker
from imagesearch_ops.instance import open_instance
from imagesearch_ops.stores import open_store
from imagesearch_ops.times import read_duration

if TYPE_CHECKING:
    from imagesearch_ops.audit.engine import Job


def look_again(job: "Job", dump: Dump, differences: Iterable[Difference], counts: Counts) -> Iterator[Looked]:
    """Yield each difference as it was found, and as it is now.

    Without an instance to ask, and with keys from a file, nobody may be there to ask: they stay as they are.
    """
    url = job.place.url
    assert url  # noqa: S101 - folders are refused
    if job.wanted.keys_from and dump.index_total is None:
        output.message("The index cannot be asked, so no difference was looked at again.")
        yield from (Looked(one, one) for one in differences)
        return
    asker = None if dump.index_total is None else Asker(open_instance(job.deployment))
    looker = Looker(
        open_store(url.cloud, job.deployment),
        url.cloud,
        url.bucket,
        asker,
        dump.taken_at,
        read_duration("--grace", job.wanted.grace),
        job.wanted.keys_from is None,
        job.report,
    )
    yield from looker.look_again(differences if job.source.is_complete else _only_known(differences, counts))
    if looker.unlisted:
        counts.listing_complete = False
    if looker.left:
        output.message(f"{looker.left:,} differences were not looked at again: only the first {MOST_LOOKS:,} are.")


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
