"""Walk the boxes of an ISO base media file (ISO/IEC 14496-12, section 4.2)."""

from collections.abc import Iterator
from typing import NamedTuple

_HEADER, _LONG_HEADER = 8, 16  # bytes of a box's size and type
_FULL = 4  # bytes of version and flags
_MOST_BOXES = 100_000


class Box(NamedTuple):
    """The place of a box's content in the file."""

    kind: bytes
    start: int
    end: int


def iterate_boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets, up to a number that no encoder reaches.

    A box that is cut short ends with ``end``.
    """
    for _ in range(_MOST_BOXES):
        if start + _HEADER > end:
            return
        size, header = read_number(data, start, 4), _HEADER
        if size == 1:
            size, header = read_number(data, start + _HEADER, 8), _LONG_HEADER
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield Box(data[start + 4 : start + _HEADER], start + header, min(end, start + size))
        start += size


def find_box(data: bytes, kind: bytes, start: int, end: int) -> Box | None:
    """Return the first box of this kind between two offsets."""
    return next((box for box in iterate_boxes(data, start, end) if box.kind == kind), None)


def find_meta(data: bytes) -> Box | None:
    """Return the box that describes still images. Its content starts behind version and flags."""
    found = find_box(data, b"meta", 0, len(data))
    return found._replace(start=found.start + _FULL) if found else None


def read_number(data: bytes, at: int, size: int) -> int:
    """Return the big-endian number of ``size`` bytes at an offset."""
    return int.from_bytes(data[at : at + size], "big")


class Cursor:
    """Read the fields of a full box one after another. Behind the end of the box, every field is 0."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data, self._at, self._end = data, box.start, box.end
        self.version = self.read(1)
        self.flags = self.read(3)

    @property
    def is_at_end(self) -> bool:
        """Return whether every byte of the box has been read."""
        return self._at >= self._end

    @property
    def rest(self) -> tuple[int, int]:
        """Return where the bytes that have not been read begin and end."""
        return self._at, self._end

    def read(self, size: int) -> int:
        """Return the next number of ``size`` bytes."""
        self._at += size
        return read_number(self._data, self._at - size, size) if self._at <= self._end else 0

    def read_kind(self) -> bytes:
        """Return the next four-character code."""
        self._at += 4
        return self._data[self._at - 4 : self._at]
