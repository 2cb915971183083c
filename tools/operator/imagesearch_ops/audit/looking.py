"""Look at differences once more before they are reported: bucket and index have changed since the dump.

The bucket and CheckImageExists decide (ADR 55). An object that the bucket has, although the listing passed over it,
says that the listing was not whole. So does one that the bucket refuses to show: a policy may hide it from both.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.buckets.existence import Existence
from imagesearch_ops.buckets.looking import ObjectLooker
from imagesearch_ops.etags import plain_etag
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.faults import explain
from imagesearch_ops.queues.port import retry
from imagesearch_ops.report import Report

MOST_LOOKS = 1000
_LOOKS_AT_LEFT = 100  # of `-` in any case: each can show that the listing is not whole
_CHUNK, _THREADS = 64, 8
_MOST_FAULTS = 10  # in a row: then nothing answers


class Looked(NamedTuple):
    """A difference as it was found, and as it is after the second look."""

    earlier: Difference
    now: Difference


@dataclass(slots=True)
class Looker:
    """Look again at objects of one bucket and at their entries.

    ``asker`` is ``None`` if no instance can be asked. ``taken_at`` and ``grace`` are in seconds. ``is_listing`` says
    that all keys of the bucket were listed after ``taken_at``. ``unlisted`` counts objects that the listing lacks
    although they are older, or that the bucket hides, and ``left`` the differences that were not looked at.
    ``is_list_old`` says that the keys were listed before ``taken_at``.
    """

    store: ObjectStore
    objects: ObjectLooker
    cloud: str
    bucket: str
    asker: Asker | None
    taken_at: float
    grace: float
    is_listing: bool
    report: Report
    is_list_old: bool = False
    most: int = MOST_LOOKS
    looks: int = 0
    unlisted: int = 0
    left: int = 0
    _at_left: int = 0
    _fault: IngestError | None = None
    _faults: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_again(
        self, differences: Iterable[Difference], *, tell: Callable[[int], None] = lambda _: None
    ) -> Iterator[Looked]:
        """Yield each difference in its place. Those of ``+`` and ``-`` are looked at, up to ``most`` of them.

        Beyond that, a ``+`` that is younger than the dump less the grace becomes ``~``. So does a ``-`` if the keys
        were listed before the dump was taken: the object may have come between.
        """
        rest = iter(differences)
        with ThreadPoolExecutor(_THREADS) as threads:
            try:
                while chunk := list(islice(rest, _CHUNK)):
                    yield from threads.map(self._decide, chunk, self._choose(chunk))
                    tell(self.looks)
            finally:  # a signal must not wait for what waits
                if self.asker:
                    self.asker.stop()
                self.objects.close()
                threads.shutdown(cancel_futures=True)

    def _choose(self, chunk: list[Difference]) -> list[bool]:
        """Return of each difference whether it is looked at."""
        chosen = []
        for one in chunk:
            is_left = one.symbol is Symbol.ORPHANED
            is_wanted = one.symbol.is_drift and (self.looks < self.most or (is_left and self._at_left < _LOOKS_AT_LEFT))
            self.looks += is_wanted
            self._at_left += is_wanted and is_left
            self.left += one.symbol.is_drift and not is_wanted
            chosen.append(is_wanted)
        return chosen

    def _decide(self, one: Difference, is_chosen: bool) -> Looked:  # noqa: FBT001 - as map passes it
        if is_chosen:
            return Looked(one, self._look(one))
        why = self._why_waiting(one)
        return Looked(one, _change(one, Symbol.WAITING, why) if why else one)

    def _why_waiting(self, one: Difference) -> str:
        """Return why a difference that nobody looks at may be none, or an empty text."""
        if one.symbol is Symbol.MISSING and (one.last_modified or 0) > self.taken_at - self.grace:
            return "younger than the grace"
        if one.symbol is Symbol.ORPHANED and self.is_list_old:
            return "the keys were listed before the dump was taken, and nobody has looked at the object since"
        return ""

    def _look(self, one: Difference) -> Difference:
        """Return the difference as it is now, or as undecided."""
        if self._fault:
            return _undecided(one, self._fault)
        try:
            found = self._look_at_missing(one) if one.symbol is Symbol.MISSING else self._look_at_left(one)
        except IngestError as error:
            self._note(error)
            return _undecided(one, error)
        with self._lock:
            self._faults = 0
        return found

    def _look_at_missing(self, one: Difference) -> Difference:
        ref = ObjectRef(self.cloud, self.bucket, str(one.key))
        state = retry(lambda: self.store.head(ref))
        if state is None:
            return _change(one, Symbol.WAITING, "the object was removed after it was listed")
        if self._has_entry(one):
            return _change(one, Symbol.WAITING, "the index has its entry now")
        if one.etag and plain_etag(state.etag) != plain_etag(one.etag):
            return _change(one, Symbol.WAITING, "the object was overwritten after it was listed")
        return one

    def _look_at_left(self, one: Difference) -> Difference:
        found = self.objects(str(one.key))
        if found.is_there is not False:
            return self._explain_presence(one, found)
        if self._has_entry(one) is False:
            return _change(one, Symbol.WAITING, "the entry was deleted after the dump was taken")
        return one._replace(why=one.why or "its object is gone")

    def _explain_presence(self, one: Difference, found: Existence) -> Difference:
        """Return why an object exists that was not among the keys, or may exist."""
        if found.is_there is None:
            return self._suspect(one, f"the bucket does not say whether the object exists: {found.why}")
        if not self.is_listing:
            return _change(one, Symbol.WAITING, "the object exists, but was not among the keys that were given")
        if found.last_modified is not None and found.last_modified >= int(self.taken_at):  # HEAD shows whole seconds
            return _change(one, Symbol.WAITING, "the object was uploaded after the dump was taken")
        return self._suspect(one, "the object exists, but the listing lacks it: the listing is not whole")

    def _suspect(self, one: Difference, why: str) -> Difference:
        with self._lock:
            self.unlisted += self.is_listing
        return _change(one, Symbol.UNDECIDED, why)

    def _has_entry(self, one: Difference) -> bool | None:
        """Return whether the index has the entry, or ``None`` if it cannot be asked."""
        if self.asker is None or one.product_id is None or one.pic_name is None:
            return None
        return self.asker.has_entry(one.product_id, one.pic_name)

    def _note(self, error: IngestError) -> None:
        """Stop asking after a fault that a person must mend, and after one that does not end. Report it once."""
        with self._lock:
            self._faults += error.reason is not Reason.ACCESS_DENIED  # of one object: the bucket has answered
            if self._fault or not (error.is_systemic or self._faults >= _MOST_FAULTS):
                return
            self._fault = error
        text = f"Differences could not be looked at again: {explain(error)[0]} The rest is marked with !."
        self.report.fail(ExitCode.FAILED, error.reason.code, text)


def _change(one: Difference, symbol: Symbol, why: str) -> Difference:
    return one._replace(symbol=symbol, why=why)


def _undecided(one: Difference, error: IngestError) -> Difference:
    return _change(one, Symbol.UNDECIDED, f"{error.reason.code}: it could not be looked at again: {error.detail}")
