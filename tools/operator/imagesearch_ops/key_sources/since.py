"""Take only objects that were written since a time."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable
from imagesearch_ops.times import read_duration, read_time


@dataclass(frozen=True, slots=True)
class Since:
    """A point in time, in Unix seconds. ``source`` is for the message."""

    seconds: float
    source: str

    @property
    def text(self) -> str:
        """Return the time as ``--since`` takes it."""
        return datetime.fromtimestamp(self.seconds, UTC).isoformat().replace("+00:00", "Z")

    def __str__(self) -> str:
        return f" since {self.text}"

    def filter(self, objects: Iterable[ListedObject]) -> Iterator[ListedObject]:
        """Yield the objects that were written at this time or later. Raise ``InputError`` for one without a time."""
        for one in objects:
            if one.last_modified is None:
                raise InputError(
                    f"--since: {self.source} does not say when {printable(one.key)} was written. Leave --since out, or "
                    "take the keys from a listing, or from an inventory with LastModifiedDate."
                )
            if one.last_modified >= self.seconds:
                yield one


def read_since(text: str, source: str, now: float | None = None) -> Since:
    """Return the time: a date, a date and a time, or how long ago, such as ``2d``. Raise ``InputError``.

    A date alone is its midnight in UTC. A run that goes on needs the same point in time, so the name of a source shows
    it, not how long ago it was.
    """
    found = read_time(text)
    if found:
        return Since(found.timestamp(), source)
    try:
        ago = read_duration("--since", text)
    except InputError:
        ago = 0.0
    if not ago or text.strip()[-1].isdigit():
        shown = printable(text)
        raise InputError(f"--since {shown}: not a time. Write it as 2026-11-29, 2026-11-29T06:55:00Z, or 2d for ago.")
    return Since(float(int((time.time() if now is None else now) - ago)), source)
