"""Find keys that belong together among any number of them, in little memory: on disk, in buckets."""

import itertools
import json
import tempfile
import zlib
from array import array
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

_BUCKETS = 64
_MOST_EXAMPLES = 3


@dataclass(slots=True)
class Found:
    """How many keys follow another one in their group, and the keys of some groups."""

    count: int = 0
    examples: list[list[str]] = field(default_factory=list)


class Twins:
    """Groups of different keys. A key that is added twice is no twin of itself.

    A group is told by its whole name, not by a hash. Each bucket is read into memory alone.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._files: list[IO[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, group: str, key: str) -> None:
        """Put a key into a group."""
        if not self._files:
            self._files = [self._open() for _ in range(_BUCKETS)]
        self._files[zlib.crc32(group.encode()) % _BUCKETS].write(f"{json.dumps([group, key])}\n")

    def find(self) -> Found:
        """Return the twins among all keys added so far."""
        found = Found()
        for file in self._files:
            file.seek(0)
            _search(file, found)
        return found

    def _open(self) -> IO[str]:
        return self._stack.enter_context(tempfile.TemporaryFile("w+", encoding="ascii"))


def _search(bucket: IO[str], found: Found) -> None:
    first: dict[str, str] = {}
    others: dict[str, _Others] = {}
    for line in bucket:
        group, key = json.loads(line)
        if first.setdefault(group, key) != key:
            others.setdefault(group, _Others()).add(key)
    for group, more in others.items():
        found.count += more.count()
        if len(found.examples) < _MOST_EXAMPLES:
            found.examples.append([first[group], *more.examples])


class _Others:
    """The keys of a group but its first. A group may hold all keys, so only their hashes are kept."""

    def __init__(self) -> None:
        self.examples: list[str] = []
        self._hashes = array("q")

    def add(self, key: str) -> None:
        self._hashes.append(hash(key))
        if len(self.examples) < _MOST_EXAMPLES - 1 and key not in self.examples:
            self.examples.append(key)

    def count(self) -> int:
        """Return the number of different keys. Two of a million share a 64-bit hash once in 30 million times."""
        return sum(1 for _ in itertools.groupby(sorted(self._hashes)))
