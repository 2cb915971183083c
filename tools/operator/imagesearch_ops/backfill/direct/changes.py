"""Look again at the objects that changed while the run went on: a run may take days, and nobody else may watch.

A second listing is merged with the lines of ``objects.jsonl``, and with the journal: an object that was begun by a
process that was killed may be in the index although it has no line. What is new, what has another ETag and what is gone
is looked at once more. Its lines go to ``again.jsonl``, each with the outcome that it replaces, so that every key is
counted once.
"""

import heapq
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from imagesearch_ingest.model.reasons import Result
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.direct.ledger import JOURNAL, LINES, OBJECTS, Ending, Entry, line_of
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.run_folder import RunFolder

AGAIN = "again.jsonl"
MOST_LISTINGS = 3  # objects that change all the time must not keep the run going
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a key: how it ended, and the ETag under which it was listed. It was begun, at least."""

    ending: Ending | None = None
    etag: str = ""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "_Known":
        """Return what a line says: one of a settled object, or one of the journal."""
        if "outcome" not in line:
            return cls()
        return cls((str(line["outcome"]), line["reason"]), str(line.get("etag") or ""))

    def differs(self, listed: ListedObject) -> bool:
        """Return whether the listed object is not the one that was looked at."""
        return listed.etag != self.etag or self.ending is None or self.ending[0] == Result.DELETED

    @property
    def may_be_held(self) -> bool:
        """Return whether the index may hold an entry that must go if the object is gone."""
        return self.ending is None or self.ending[0] not in (Result.DELETED, Result.SKIPPED)


class Changes:
    """A book of objects that changed. ``looked`` counts them."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._changed: dict[str, _Known] = {}
        self._before: dict[str, Ending | None] = {}
        self.totals = Counts()
        self.looked = 0
        self._due = time.monotonic() + _SECONDS
        for _, known in _in_order(folder, OBJECTS):
            self.totals.add(*known.ending or ("", None))
        for line in folder.read(AGAIN):
            was = line.get("was")
            entry = Entry(str(line["key"]), str(line["etag"]), was=(str(was[0]), was[1]) if was else None)
            self._count(entry, str(line["outcome"]), line["reason"])

    has_room = True
    action = "look again"

    def find(self, objects: Iterator[ListedObject]) -> Iterator[ListedObject]:
        """Yield what the listing shows to be new or changed, and keys that it does not show any more."""
        for key, listed, known in _merge(objects, _begun_in_order(self._folder)):
            latest = self._changed.get(key, known)
            self._before[key] = latest.ending if latest else None
            if listed is None:
                if latest and latest.may_be_held:
                    yield ListedObject(key, 0, "", "")
            elif latest is None or latest.differs(listed):
                yield listed
            self._before.pop(key, None)

    def take(self, listed: ListedObject) -> Entry:
        """Return the entry of the next object. It is not settled: it has changed."""
        return Entry(listed.key, listed.etag, was=self._before.pop(listed.key, None))

    def settle(self, entry: Entry, result: ObjectResult) -> None:
        """Write the line of an object, and count it instead of what it was before."""
        self._folder.append(AGAIN, {**line_of(entry, result), "was": entry.was})
        self._count(entry, result.outcome, result.reason)

    def save_if_due(self) -> None:
        """Record the counts, unless that was done a moment ago."""
        if time.monotonic() >= self._due:
            self.save()
            self._due = time.monotonic() + _SECONDS

    def save(self) -> None:
        """Record the counts."""
        self._folder.save(counts=self.totals.to_json())

    def _count(self, entry: Entry, outcome: str, reason: str | None) -> None:
        entry.settled = outcome, reason
        if entry.was:
            self.totals.add(*entry.was, times=-1)
        self.totals.add(outcome, reason)
        self._changed[entry.key] = _Known((outcome, reason), entry.etag)
        self.looked += 1


def _merge(
    objects: Iterator[ListedObject], settled: Iterator[tuple[bytes, _Known]]
) -> Iterator[tuple[str, ListedObject | None, _Known | None]]:
    """Yield each key of either side once, in the order of UTF-8 bytes, with what both sides say."""
    ahead = next(settled, None)
    for listed in objects:
        name = _encode(listed.key)
        while ahead and ahead[0] < name:
            yield _decode(ahead[0]), None, ahead[1]
            ahead = next(settled, None)
        known = ahead[1] if ahead and ahead[0] == name else None
        yield listed.key, listed, known
        if known:
            ahead = next(settled, None)
    while ahead:
        yield _decode(ahead[0]), None, ahead[1]
        ahead = next(settled, None)


def _begun_in_order(folder: RunFolder) -> Iterator[tuple[bytes, _Known]]:
    """Yield each key of the first listing that was begun or settled, once. What it ended as counts, if it is known."""
    both = heapq.merge(_in_order(folder, OBJECTS), _in_order(folder, JOURNAL), key=itemgetter(0))
    for name, same in groupby(both, key=itemgetter(0)):
        yield name, next(known for _, known in same)  # a settled one comes first: the merge is stable


def _in_order(folder: RunFolder, file: str) -> Iterator[tuple[bytes, _Known]]:
    """Yield the keys of a file in order, each once, with its latest line.

    A line is at most a window away from its place. A key that comes too late is left out: another one out of order
    would make all that follow look different.
    """
    waiting: list[bytes] = []
    latest: dict[bytes, _Known] = {}
    last = b""
    for line in folder.read(file):
        name = _encode(str(line["key"]))
        if name <= last or line.get("action") == Changes.action:
            continue
        if name not in latest:
            heapq.heappush(waiting, name)
        latest[name] = _Known.of(line)
        if len(waiting) > LINES:
            last = heapq.heappop(waiting)
            yield last, latest.pop(last)
    for name in sorted(waiting):
        yield name, latest[name]


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _decode(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
