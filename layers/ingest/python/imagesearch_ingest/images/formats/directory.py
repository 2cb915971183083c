"""Read the directories of TIFF files and EXIF blocks (TIFF 6.0, section 2; BigTIFF as libtiff reads it).

The reader knows numbers and places, not the meaning of a tag. It takes no memory for values, so that a directory of a
few kilobytes that announces gigabytes costs nothing.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

Order = Literal["little", "big"]
_MAGICS: dict[bytes, tuple[Order, bool]] = {
    b"II*\0": ("little", False),
    b"MM\0*": ("big", False),
    b"II+\0": ("little", True),
    b"MM\0+": ("big", True),
}
SHORT, LONG = 3, 4
# Bytes of a value, by type; the last three are BigTIFF's own.
VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


class Header(NamedTuple):
    """The first bytes of a TIFF: its byte order, its kind and its first directory."""

    order: Order
    is_big: bool  # BigTIFF: 64-bit offsets
    first: int  # offset of the first directory

    @property
    def count_bytes(self) -> int:
        """Return the bytes of a directory's number of entries."""
        return 8 if self.is_big else 2

    @property
    def entry_bytes(self) -> int:
        """Return the bytes of one entry."""
        return 20 if self.is_big else 12

    @property
    def offset_bytes(self) -> int:
        """Return the bytes of an offset."""
        return 8 if self.is_big else 4


class Entry(NamedTuple):
    """One entry of a directory: a tag, and where its values are."""

    tag: int
    kind: int  # the type of its values
    length: int  # number of values
    size: int  # bytes of all values; 0 for an unknown type
    field: int  # offset of the entry's value field
    value: int  # the value field as a number: the value, or the offset of the values
    at: int  # offset of the values

    @property
    def end(self) -> int:
        """Return the offset behind the values."""
        return self.at + self.size


def read_header(data: bytes) -> Header | None:
    """Return the header; ``None`` for bytes that are not TIFF."""
    if data[:4] not in _MAGICS:
        return None
    order, is_big = _MAGICS[data[:4]]
    return Header(order, is_big, int.from_bytes(data[8:16] if is_big else data[4:8], order))


def read_count(data: bytes, header: Header, at: int) -> int:
    """Return how many entries the directory at ``at`` announces."""
    return int.from_bytes(data[at : at + header.count_bytes], header.order)


def find_next(data: bytes, header: Header, at: int) -> int:
    """Return the offset of the directory behind the one at ``at``; 0 if it is the last."""
    end = at + header.count_bytes + header.entry_bytes * read_count(data, header, at)
    return int.from_bytes(data[end : end + header.offset_bytes], header.order)


def read_entries(data: bytes, header: Header, at: int) -> Iterator[Entry]:
    """Read the entries of the directory at ``at``, as far as they begin inside the file.

    A number that is cut off by the end of the file is read as far as it goes.
    """
    begin = at + header.count_bytes
    inside = max(0, -((begin - len(data)) // header.entry_bytes))
    count = min(read_count(data, header, at), inside)
    for start in range(begin, begin + count * header.entry_bytes, header.entry_bytes):
        yield _read_entry(data, header, start)


def _read_entry(data: bytes, header: Header, start: int) -> Entry:
    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], header.order)

    word = header.offset_bytes
    kind, length, field = number(start + 2, 2), number(start + 4, word), start + 4 + word
    size, value = VALUE_BYTES.get(kind, 0) * length, number(start + 4 + word, word)
    return Entry(number(start, 2), kind, length, size, field, value, field if size <= word else value)
