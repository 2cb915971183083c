"""Read the numbers that describe a TIFF of one page, refusing anything unusual."""

import struct
from collections.abc import Iterator, Sequence

from imagesearch_ingest.images.formats.directory import LONG, SHORT, Entry, read_count, read_entries, read_header

FORMATS = {SHORT: "H", LONG: "I"}  # struct's letters for the types of all numbers that matter here
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}  # struct's letters, by magic of a classic TIFF
_CLASSIC_TYPES = range(1, 14)
_NEXT = 4  # bytes of the offset of the next directory


class Page:
    """The only page of a classic TIFF.

    Raise ``ValueError`` for BigTIFF, for a second page, for a tag that occurs twice, and for a value of unknown type
    or outside the file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        header = read_header(data)
        if header is None or header.is_big:
            raise ValueError("not a classic TIFF")
        self._header = header
        self.magic = data[:4]
        self._end = header.first + header.count_bytes + header.entry_bytes * read_count(data, header, header.first)
        self._end += _NEXT
        if self._end > len(data) or any(data[self._end - _NEXT : self._end]):
            raise ValueError("the directory is cut off, or there is a second page")
        self._entries = dict(self._read())

    @property
    def tags(self) -> Sequence[int]:
        """Return the tags in the order of the file."""
        return tuple(self._entries)

    @property
    def end(self) -> int:
        """Return the offset behind the last value and behind the directory."""
        return max(self._end, *(entry.end for entry in self._entries.values()))

    def number(self, tag: int, default: int | None = None) -> int:
        """Return the single number of ``tag``. Raise ``KeyError`` if it is missing and has no default."""
        if default is not None and tag not in self._entries:
            return default
        return self.numbers(tag, 1)[0]

    def numbers(self, tag: int, count: int) -> tuple[int, ...]:
        """Return the numbers of ``tag``. Raise ``ValueError`` unless there are ``count`` of them."""
        entry = self._entries[tag]
        if entry.length != count:
            raise ValueError(f"tag {tag} has {entry.length} values")
        return struct.unpack_from(f"{ORDERS[self.magic]}{count}{FORMATS[entry.kind]}", self._data, entry.at)

    def raw(self, tag: int) -> bytes | None:
        """Return the values of ``tag`` as they are stored, or ``None`` if it is missing."""
        entry = self._entries.get(tag)
        return self._data[entry.at : entry.end] if entry else None

    def _read(self) -> Iterator[tuple[int, Entry]]:
        seen: set[int] = set()
        for entry in read_entries(self._data, self._header, self._header.first):
            if entry.tag in seen or entry.kind not in _CLASSIC_TYPES or entry.end > len(self._data):
                raise ValueError(f"tag {entry.tag} occurs twice, is of an unknown type or lies outside the file")
            seen.add(entry.tag)
            yield entry.tag, entry
