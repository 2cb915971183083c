"""TIFF's directory of numbers, read and written (TIFF 6.0, section 2). Nothing here knows what a tag means."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_HEADER, _COUNT, _ENTRY, _NEXT = 8, 2, 12, 4  # bytes
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # of a value, by type
SHORT, LONG = 3, 4
_FORMATS = {SHORT: "H", LONG: "I"}  # the types of all numbers that matter here

Numbers = Mapping[int, tuple[int, Sequence[int]]]  # type and values, by tag


class _Entry(NamedTuple):
    kind: int  # of its values
    values: int
    at: int  # where they stand
    end: int


class Directory:
    """The only directory of a file. Raises ``ValueError`` when there are more, or when values are not all there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.magic = data[:4]
        if self.magic not in _ORDERS:
            raise ValueError("no classic TIFF")
        self._order = _ORDERS[self.magic]
        self._end = 0
        self._entries = dict(self._read())

    @property
    def tags(self) -> Sequence[int]:
        return tuple(self._entries)

    @property
    def end(self) -> int:
        """Behind the last value and the directory itself."""
        return max(self._end, *(entry.end for entry in self._entries.values()))

    def number(self, tag: int, default: int | None = None) -> int:
        """Raises ``KeyError`` when it is not there and has no default."""
        if default is not None and tag not in self._entries:
            return default
        return self.numbers(tag, 1)[0]

    def numbers(self, tag: int, count: int) -> tuple[int, ...]:
        """Raises ``ValueError`` unless there are as many as expected."""
        entry = self._entries[tag]
        if entry.values != count:
            raise ValueError(f"tag {tag} has {entry.values} values")
        return struct.unpack_from(f"{self._order}{count}{_FORMATS[entry.kind]}", self._data, entry.at)

    def raw(self, tag: int) -> bytes | None:
        entry = self._entries.get(tag)
        return self._data[entry.at : entry.end] if entry else None

    def _read(self) -> Iterator[tuple[int, _Entry]]:
        start: int = struct.unpack_from(self._order + "I", self._data, 4)[0]
        count: int = struct.unpack_from(self._order + "H", self._data, start)[0]
        self._end = start + _COUNT + _ENTRY * count + _NEXT
        (following,) = struct.unpack_from(self._order + "I", self._data, self._end - _NEXT)
        seen: set[int] = set()
        for at in range(start + _COUNT, self._end - _NEXT, _ENTRY):
            tag, entry = self._entry(at)
            if following or tag in seen or entry.end > len(self._data):
                raise ValueError(f"tag {tag} is double or cut, or there is a second page")
            seen.add(tag)
            yield tag, entry

    def _entry(self, start: int) -> tuple[int, _Entry]:
        tag, kind, count, offset = struct.unpack_from(self._order + "HHII", self._data, start)
        size = _BYTES[kind] * count
        at = start + 8 if size <= _NEXT else offset
        return tag, _Entry(kind, count, at, at + size)


def write(magic: bytes, numbers: Numbers, pieces: tuple[int, Sequence[bytes]]) -> bytes:
    """A file of one page: header, directory, the values it has no room for, and the pieces of the picture.

    ``numbers`` are types and values by tag; ``pieces`` is the tag that holds their offsets, and what stands there.
    """
    order = _ORDERS[magic]
    tag, blocks = pieces
    entries = {**numbers, tag: (LONG, [0] * len(blocks))}
    spill = _HEADER + _COUNT + _ENTRY * len(entries) + _NEXT
    sizes = (_BYTES[kind] * len(values) for kind, values in entries.values())
    start = spill + sum(_even(size) for size in sizes if size > _NEXT)
    ends = list(accumulate((_even(len(block)) for block in blocks), initial=start))
    entries[tag] = (LONG, ends[:-1])
    head = magic + struct.pack(order + "IH", _HEADER, len(entries))
    return head + _directory(order, entries, spill) + b"".join(map(_padded, blocks))


def _directory(order: str, entries: Numbers, spill: int) -> bytes:
    """Its entries, and behind them, from ``spill`` on, what has no room in them."""
    directory, spilled = b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        field = struct.pack(f"{order}{len(values)}{_FORMATS[kind]}", *values)
        if len(field) > _NEXT:
            spilled, field = spilled + _padded(field), struct.pack(order + "I", spill + len(spilled))
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + field.ljust(_NEXT, b"\0")
    return directory + bytes(_NEXT) + spilled


def _even(size: int) -> int:
    return size + size % 2  # offsets are to be even


def _padded(block: bytes) -> bytes:
    return block + bytes(len(block) % 2)
