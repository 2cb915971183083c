"""Check that all of a PNG's pixels are there, by inflating without unfiltering: under half the cost of decoding.

Rows, their filter bytes, and the seven passes of an interlaced image: W3C PNG, third edition, sections 7.2, 8.1, 9.2.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from imagesearch_ingest.images.formats.png.chunks import iterate_chunks

_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # per pixel, by colour type
ANY_WINDOW, ANNOUNCED_WINDOW = 15, 0  # zlib's argument: accept any window, or only the window that the stream announces
_LAST_FILTER = 4
_READ_AT_ONCE, _WRITTEN_AT_ONCE = 1 << 16, 1 << 20  # bytes: bound the memory, and the copying of left-over input


class Pass(NamedTuple):
    """A pass's rows in the inflated data, each with its filter byte in front."""

    start: int
    end: int
    row: int  # bytes


def are_rows_complete(data: bytes, window: int) -> bool:
    """Return whether the pixel data is one complete stream of the announced rows, all with a legal filter.

    The chunks must be in order. Some encoders announce a smaller window than they use, and only some decoders accept
    that: pass ``ANY_WINDOW`` or ``ANNOUNCED_WINDOW``. Raise ``zlib.error`` or ``ValueError`` for a broken stream.
    """
    passes = list(read_passes(data[16:29]))
    at = 0
    for piece in _inflate(data, window):
        if at + len(piece) > passes[-1].end or not are_filters_legal(piece, at, passes):
            return False
        at += len(piece)
    return at == passes[-1].end


def read_passes(header: bytes) -> Iterator[Pass]:
    """Yield the passes of an image from the body of its IHDR chunk, which must be legal."""
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    end = 0
    for left, top, across, down in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            row = 1 + (columns * depth * _SAMPLES[colour_type] + 7) // 8
            start, end = end, end + row * rows
            yield Pass(start, end, row)


def are_filters_legal(piece: bytes, at: int, passes: list[Pass]) -> bool:
    """Return whether every row that begins in the piece has a known filter. ``at`` is the piece's place in the data."""
    for start, end, row in passes:
        low, high = max(at, start), min(at + len(piece), end)
        first = low + (start - low) % row
        if first < high and max(piece[first - at : high - at : row]) > _LAST_FILTER:
            return False
    return True


def _inflate(data: bytes, window: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=window)
    for compressed in _read_compressed(data):
        if inflater.eof:
            raise ValueError("pixel data continues after its end")
        rest: bytes | memoryview = compressed
        while True:
            piece = inflater.decompress(rest, _WRITTEN_AT_ONCE)
            yield piece
            if inflater.eof:  # what follows is in two places: in ``unused_data``, and again in ``unconsumed_tail``
                break
            rest = inflater.unconsumed_tail
            if not rest and len(piece) < _WRITTEN_AT_ONCE:
                break
    if not inflater.eof or inflater.unused_data:
        raise ValueError("pixel data ends early, or continues after its end")


def _read_compressed(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for kind, start, end in iterate_chunks(data):
        if kind == b"IDAT":
            for at in range(start + 8, end - 4, _READ_AT_ONCE):
                yield view[at : min(at + _READ_AT_ONCE, end - 4)]
