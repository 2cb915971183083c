"""Remember what is settled, so that a run that was killed goes on where it was.

Objects end out of order. ``run.json`` holds the low-water mark: the key up to which everything is settled, and the
counts of exactly these objects. ``objects.jsonl`` has a line for each settled object, also behind the mark: an object
that has one is not looked at again, and is counted once.
"""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

from imagesearch_ops.backfill.direct.counts import Counts
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.run_folder import RunFolder

OBJECTS, JOURNAL = "objects.jsonl", "journal.jsonl"
WINDOW = 1000  # objects behind the mark that may have begun
# A line is written at the latest when its object is the first of the window, so the lines of all objects behind the
# mark are among this many last ones: those of the window, and those of the objects that the mark has passed meanwhile.
LINES = 2 * WINDOW
_SECONDS = 1.0  # between two records of the mark


Ending = tuple[str, str | None]  # outcome and reason


@dataclass(slots=True)
class Entry:
    """One object of the source. ``etag`` is the listing's. ``settled`` is how it ended, once it has."""

    key: str
    etag: str
    settled: Ending | None = None
    was: Ending | None = None  # how it ended before it changed


class Book(Protocol):
    """Where settled objects are written down, and counted in ``totals``."""

    totals: Counts
    action: str  # what the journal says before an object begins

    @property
    def has_room(self) -> bool:
        """Return whether another object may begin."""
        ...

    def take(self, listed: ListedObject) -> Entry:
        """Return the entry of the next object. It is settled if an earlier process has settled the object."""
        ...

    def settle(self, entry: Entry, result: ObjectResult) -> None:
        """Write the line of an object, and count it. Raise ``OSError``."""
        ...

    def save_if_due(self) -> None:
        """Record the state, unless that was done a moment ago."""
        ...


class Ledger:
    """The state of a run. ``totals`` counts everything that is settled, ``run.json`` what the mark has passed."""

    action = "look"

    def __init__(self, folder: RunFolder) -> None:
        about = folder.about
        self._folder = folder
        self.last_key, self.count = str(about.get("last_key") or ""), int(about.get("count") or 0)
        self._marked, self.totals = (Counts.from_json(about.get("counts") or {}) for _ in range(2))
        known = deque(folder.read(OBJECTS), LINES)
        self._known = {str(line["key"]): (str(line["outcome"]), line["reason"]) for line in known}
        self.is_at_end = bool(about.get("listed_all"))
        self._open: deque[Entry] = deque()
        self._due = time.monotonic() + _SECONDS

    @property
    def has_room(self) -> bool:
        """Return whether another object may begin."""
        return len(self._open) < WINDOW

    def take(self, listed: ListedObject) -> Entry:
        """Return the entry of the next object. It is settled if an earlier process has settled the object."""
        entry = Entry(listed.key, listed.etag)
        self._open.append(entry)
        if known := self._known.get(listed.key):
            self._count(entry, *known)
        return entry

    def settle(self, entry: Entry, result: ObjectResult) -> None:
        """Write the line of an object, and count it."""
        self._folder.append(OBJECTS, line_of(entry, result))
        self._count(entry, result.outcome, result.reason)

    def save_if_due(self) -> None:
        """Record the mark, unless that was done a moment ago."""
        if time.monotonic() >= self._due:
            self.save()
            self._due = time.monotonic() + _SECONDS

    def save(self) -> None:
        """Record the mark."""
        self._folder.save(last_key=self.last_key, count=self.count, counts=self._marked.to_json())

    def end(self) -> None:
        """Record that all of the source is settled."""
        self.is_at_end = True
        self.save()
        self._folder.save(listed_all=True)

    def _count(self, entry: Entry, outcome: str, reason: str | None) -> None:
        entry.settled = outcome, reason
        self.totals.add(outcome, reason)
        while self._open and (settled := self._open[0].settled):
            self._marked.add(*settled)
            self.last_key, self.count = self._open.popleft().key, self.count + 1


def line_of(entry: Entry, result: ObjectResult) -> dict[str, Any]:
    """Return the line of a settled object: what ``--json`` prints, with the ETag of the listing."""
    return {**result.public(), "etag": entry.etag}
