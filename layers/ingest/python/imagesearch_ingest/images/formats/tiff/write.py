"""Write a TIFF of one page (TIFF 6.0, section 2)."""

import struct
from collections.abc import Mapping, Sequence
from itertools import accumulate

from imagesearch_ingest.images.formats.directory import LONG, VALUE_BYTES
from imagesearch_ingest.images.formats.tiff.page import FORMATS, ORDERS

_HEADER, _COUNT, _ENTRY, _NEXT = 8, 2, 12, 4  # bytes

Values = tuple[int, Sequence[int]]  # a type and the values of it
Numbers = Mapping[int, Values]  # by tag


def write_page(magic: bytes, numbers: Numbers, pieces: tuple[int, Sequence[bytes]]) -> bytes:
    """Return a file: header, directory, the values that do not fit into it, and the pieces of the image.

    ``numbers`` are types and values by tag. ``pieces`` is the tag for the offsets of the pieces, and the pieces.
    """
    order = ORDERS[magic]
    tag, blocks = pieces
    entries = {**numbers, tag: (LONG, [0] * len(blocks))}
    spill = _HEADER + _COUNT + _ENTRY * len(entries) + _NEXT
    sizes = (VALUE_BYTES[kind] * len(values) for kind, values in entries.values())
    start = spill + sum(_round_up(size) for size in sizes if size > _NEXT)
    ends = list(accumulate((_round_up(len(block)) for block in blocks), initial=start))
    entries[tag] = (LONG, ends[:-1])
    head = magic + struct.pack(order + "I", _HEADER)
    return head + write_directory(order, entries, spill) + b"".join(map(_fill_up, blocks))


def write_directory(order: str, entries: Numbers, spill: int) -> bytes:
    """Return a directory and, from offset ``spill`` on, the values that do not fit into it."""
    directory, spilled = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        field = values if isinstance(values, bytes) else struct.pack(f"{order}{len(values)}{FORMATS[kind]}", *values)
        if len(field) > _NEXT:
            spilled, field = spilled + _fill_up(field), struct.pack(order + "I", spill + len(spilled))
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + field.ljust(_NEXT, b"\0")
    return directory + bytes(_NEXT) + spilled


def _round_up(size: int) -> int:
    """Return an even size: offsets in a TIFF should be even."""
    return size + size % 2


def _fill_up(block: bytes) -> bytes:
    return block + bytes(len(block) % 2)
