"""Read all directories of a TIFF: its pages, and the directories below them (TIFF 6.0, section 2; TIFF Tech Note 1).

Nothing is refused here: a tag that is broken or outside the file counts as missing.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from imagesearch_ingest.images.formats.directory import Entry, Header, find_next, read_count, read_entries
from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.limits import check_parts

# struct's letters for the types of numbers.
_LETTERS = {
    1: "B",
    3: "H",
    4: "I",
    6: "b",
    7: "B",
    8: "h",
    9: "i",
    11: "f",
    12: "d",
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
_RATIONAL, _SIGNED_RATIONAL = 5, 10
_MAX_BELOW = 100  # directories below a page
_MAX_NUMBERS = 400_000  # of a tag: more than the parts that a file may have (``limits.check_parts``)
_MAX_ENTRIES = 65_535  # of a classic TIFF


class Directory:
    """The tags of one page, or of one directory below a page."""

    def __init__(self, data: bytes, header: Header, at: int) -> None:
        self._data = data
        self._entries: dict[int, Entry] = {}
        self.at, self.order = at, header.order
        self.is_cut_off = at + header.count_bytes + header.entry_bytes * read_count(data, header, at) > len(data)
        self.entries_read = 0
        for entry in islice(read_entries(data, header, at), _MAX_ENTRIES):
            self.entries_read += 1
            self._entries.setdefault(entry.tag, entry)

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> tuple[int, int]:
        """Return the sides in pixels; zero for a side that is missing."""
        return self.number(tags.WIDTH, 0), self.number(tags.LENGTH, 0)

    def number(self, tag: int, default: int) -> int:
        """Return the first number of ``tag``."""
        return next(iter(self.numbers(tag, most=1)), default)

    def numbers(self, tag: int, most: int = _MAX_NUMBERS) -> tuple[int, ...]:
        """Return the whole numbers of ``tag``, as far as they are inside the file."""
        return tuple(value for value in self._unpack(tag, most) if isinstance(value, int))

    def fractions(self, tag: int) -> tuple[float, ...]:
        """Return the numbers of ``tag``. A fraction with the denominator 0 counts as 0."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in {_RATIONAL, _SIGNED_RATIONAL}:
            return tuple(float(value) for value in self._unpack(tag, _MAX_NUMBERS))
        values = self._read(entry, "I" if entry.kind == _RATIONAL else "i", 2 * min(entry.length, _MAX_NUMBERS))
        pairs = zip(values[::2], values[1::2], strict=False)
        return tuple(above / below if below else 0.0 for above, below in pairs)

    def raw(self, tag: int) -> bytes:
        """Return the values of ``tag`` as they are stored; nothing if it is missing or cut off."""
        entry = self._entries.get(tag)
        return self._data[entry.at : entry.end] if entry and entry.end <= len(self._data) else b""

    def text(self, tag: int) -> str:
        """Return the text of ``tag``."""
        return self.raw(tag).split(b"\0")[0].decode("latin-1").strip()

    def _unpack(self, tag: int, most: int) -> tuple[float, ...]:
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _LETTERS:
            return ()
        return self._read(entry, _LETTERS[entry.kind], min(most, entry.length))

    def _read(self, entry: Entry, letter: str, count: int) -> tuple[float, ...]:
        inside = max(0, len(self._data) - entry.at) // struct.calcsize("<" + letter)
        order = "<" if self.order == "little" else ">"
        return struct.unpack_from(f"{order}{min(count, inside)}{letter}", self._data, min(entry.at, len(self._data)))


class Page(NamedTuple):
    """A directory of the file's chain, and those below it."""

    top: Directory
    below: tuple[Directory, ...]


def read_pages(data: bytes, header: Header) -> Iterator[Page]:
    """Read the file's chain of directories. Raise ``CORRUPT_IMAGE`` for more of them than any program writes."""
    seen: set[int] = set()
    parts, at = 0, header.first

    def read(place: int) -> Directory:
        nonlocal parts
        found = Directory(data, header, place)
        parts += 1 + found.entries_read
        check_parts(parts, "TIFF")
        return found

    while 0 < at < len(data) and at not in seen:
        seen.add(at)
        top = read(at)
        places = dict.fromkeys(top.numbers(tags.SUB_DIRECTORIES, most=_MAX_BELOW))
        yield Page(top, tuple(read(place) for place in places if 0 < place < len(data)))
        at = find_next(data, header, at)
