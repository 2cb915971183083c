"""Look again at the objects that changed while the run went on: a run may take days, and nobody else may watch.

A second listing is merged with the lines of ``objects.jsonl``. What is new, what has another ETag and what is gone is
looked at once more. Its lines go to ``again.jsonl``, each with the outcome that it replaces, so that every key is
counted once.
"""

import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.model.reasons import Result
from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.backfill.direct.ledger import LINES, OBJECTS, Ending, Entry, line_of
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.run_folder import RunFolder

AGAIN = "again.jsonl"
MOST_LISTINGS = 3  # objects that change all the time must not keep the run going
_SECONDS = 1.0
_GONE = {Result.DELETED, Result.SKIPPED}  # a key that is not listed any more needs no look after these


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a key: how it ended, and the ETag under which it was listed."""

    ending: Ending
    etag: str

    @classmethod
    def of(cls, line: dict[str, Any]) -> "_Known":
        return cls((str(line["outcome"]), line["reason"]), str(line.get("etag") or ""))

    def differs(self, listed: ListedObject) -> bool:
        return listed.etag != self.etag or self.ending[0] == Result.DELETED


class Changes:
    """A book of objects that changed. ``looked`` counts them."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._changed: dict[str, _Known] = {}
        self._before: dict[str, Ending | None] = {}
        self.totals = Counts.from_json(folder.about.get("listing_counts") or {})
        self.looked = 0
        self._due = time.monotonic() + _SECONDS
        for line in folder.read(AGAIN):
            was = line.get("was")
            entry = Entry(str(line["key"]), str(line["etag"]), was=(str(was[0]), was[1]) if was else None)
            self._count(entry, str(line["outcome"]), line["reason"])

    has_room = True

    def find(self, objects: Iterator[ListedObject]) -> Iterator[ListedObject]:
        """Yield what the listing shows to be new or changed, and keys that it does not show any more."""
        for key, listed, known in _merge(objects, _settled_in_order(self._folder)):
            latest = self._changed.get(key, known)
            self._before[key] = latest.ending if latest else None
            if listed is None:
                if latest and latest.ending[0] not in _GONE:
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


def _settled_in_order(folder: RunFolder) -> Iterator[tuple[bytes, _Known]]:
    """Yield the settled keys of the first listing in order. A line is at most a window away from its place."""
    waiting: list[tuple[bytes, int, _Known]] = []
    latest: tuple[bytes, _Known] | None = None
    for number, line in enumerate(folder.read(OBJECTS)):
        heapq.heappush(waiting, (_encode(str(line["key"])), number, _Known.of(line)))
        if len(waiting) > LINES:
            found = heapq.heappop(waiting)
            if latest and latest[0] != found[0]:
                yield latest
            latest = found[0], found[2]
    while waiting:
        found = heapq.heappop(waiting)
        if latest and latest[0] != found[0]:
            yield latest
        latest = found[0], found[2]
    if latest:
        yield latest


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _decode(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
