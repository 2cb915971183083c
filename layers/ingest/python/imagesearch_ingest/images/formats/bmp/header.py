"""Read the headers of a BMP.

Windows GDI, "Bitmap Storage", for versions 3 to 5; OS/2 toolkit for its versions 1 and 2.
"""

import struct
from enum import Enum
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_FILE = 14  # bytes of the file header
_CORE, _INFO, _VERSION_2, _VERSION_3, _OS2, _VERSION_5 = 12, 40, 52, 56, 64, 124  # bytes of a DIB header
_SHORTEST_OS2 = 16  # OS/2 2 headers may be cut short anywhere from here on; missing bytes count as zero
_WINDOWS = {_INFO, _VERSION_2, _VERSION_3, 108, _VERSION_5}
_SIZES = range(_CORE, _VERSION_5 + 1)
_DIB = struct.Struct("<iiHHIIiiII")  # BITMAPINFOHEADER without its size
_CORE_DIB = struct.Struct("<HHHH")
_EMBEDDED_PROFILE = b"DEBM"  # bV5CSType, as its letters stand in the file
_MASKS = {16: (0x7C00, 0x3E0, 0x1F, 0), 24: (0xFF0000, 0xFF00, 0xFF, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
_BYTES_OF_24 = {0xFF, 0xFF00, 0xFF0000}
_LAST_INDEXED = 8  # bits per pixel: pixels of up to 8 bits point into a palette
_DEPTHS = {1, 2, 4, 8, 16, 24, 32}


class Packing(Enum):
    """How pixels are stored."""

    PLAIN = "plain"
    FIELDS = "bit fields"
    RUNS_4 = "runs of 4 bits"
    RUNS_8 = "runs of 8 bits"
    RUNS_24 = "runs of 24 bits"

    @property
    def is_runs(self) -> bool:
        """Return whether pixels are run-length encoded."""
        return self in _DEPTHS_OF_RUNS


_DEPTHS_OF_RUNS = {Packing.RUNS_4: {1, 2, 4, 8}, Packing.RUNS_8: {1, 2, 4, 8}, Packing.RUNS_24: {24}}
_BY_WINDOWS = {
    0: Packing.PLAIN,
    1: Packing.RUNS_8,
    2: Packing.RUNS_4,
    3: Packing.FIELDS,
    6: Packing.FIELDS,  # with alpha, of Windows CE
}
_BY_OS2 = {0: Packing.PLAIN, 1: Packing.RUNS_8, 2: Packing.RUNS_4, 4: Packing.RUNS_24}
_UNREAD_WINDOWS = {4: "that contains a JPEG", 5: "that contains a PNG"}
_UNREAD_OS2 = {3: "with Huffman compression"}
_WITH_ALPHA = 6


class Header(NamedTuple):
    """What the headers say. Sides in pixels."""

    width: int
    height: int
    is_top_down: bool
    depth: int  # bits per pixel
    packing: Packing
    masks: tuple[int, int, int, int]  # bits of red, green, blue and alpha
    palette: bytes  # blue, green and red of every possible pixel; empty above 8 bits
    offset: int  # of the pixels
    profile: bytes | None

    @property
    def row_bytes(self) -> int:
        """Return the bytes of a stored row without its padding."""
        return (self.width * self.depth + 7) // 8

    @property
    def stride(self) -> int:
        """Return the bytes from a stored row to the next."""
        return (self.width * self.depth + 31) // 32 * 4


def is_bmp(data: bytes) -> bool:
    """Return whether the file is a BMP. Two letters are a weak signature: the header's size must be possible, too."""
    start = _find_start(data)
    return data[start : start + 2] == b"BM" and _read_number(data, start + _FILE) in _SIZES


def read_header(data: bytes) -> Header:
    """Return what the headers say. Raise ``CORRUPT_IMAGE``, or ``UNSUPPORTED_FORMAT`` for kinds that are not read."""
    start = _find_start(data)
    dib = start + _FILE
    size = _read_number(data, dib)
    if len(data) < dib + size:
        raise corrupt("BMP", "the file ends inside its header")
    width, height, depth, compression, colours = _read_numbers(data, dib, size)
    if width < 1 or height == 0:
        raise corrupt("BMP", f"its sides are {width} and {abs(height)} pixels")
    packing = _choose_packing(size, depth, compression)
    masks, begin = _read_masks(data, dib, packing, depth, compression)
    entry = 3 if size == _CORE else 4
    announced = (colours or 1 << depth) if depth <= _LAST_INDEXED else colours
    offset = _read_number(data, start + 10)
    behind_palette = begin + entry * announced
    # Some writers leave it out, or forget the palette.
    if offset < dib + size or (offset == begin and _has_room(data, behind_palette, width, height, depth)):
        offset = behind_palette
    palette = _read_palette(data[begin:offset], depth, min(announced, 1 << _LAST_INDEXED), entry)
    profile = _read_profile(data, dib, size)
    return Header(width, abs(height), height < 0, depth, packing, masks, palette, offset, profile)


def _has_room(data: bytes, offset: int, width: int, height: int, depth: int) -> bool:
    """Return whether the pixels of an image in colours of a palette can begin at the offset."""
    rows = (width * depth + 31) // 32 * 4 * (abs(height) - 1) + (width * depth + 7) // 8
    return depth <= _LAST_INDEXED and offset + rows <= len(data)


def _find_start(data: bytes) -> int:
    """Return where the first BMP begins: in OS/2's array of bitmaps, behind the array's header."""
    return _FILE if data[:2] == b"BA" and data[_FILE : _FILE + 2] == b"BM" else 0


def _read_numbers(data: bytes, dib: int, size: int) -> tuple[int, int, int, int, int]:
    """Return width, height, bits per pixel, compression and number of colours."""
    if size == _CORE:
        width, height, _, depth = _CORE_DIB.unpack_from(data, dib + 4)
        return width, height, depth, 0, 0
    if size < _SHORTEST_OS2 or (size > _OS2 and size not in _WINDOWS):
        raise _refuse(f"with a header of {size} bytes")
    fields = data[dib + 4 : dib + size][: _DIB.size].ljust(_DIB.size, b"\0")
    width, height, _, depth, compression, _, _, _, colours, _ = _DIB.unpack(fields)
    return width, height, depth, compression, colours


def _choose_packing(size: int, depth: int, compression: int) -> Packing:
    is_windows = size in _WINDOWS
    if name := (_UNREAD_WINDOWS if is_windows else _UNREAD_OS2).get(compression):
        raise _refuse(name)
    if depth not in _DEPTHS:
        raise _refuse(f"of {depth} bits per pixel")
    packing = (_BY_WINDOWS if is_windows else _BY_OS2).get(compression)
    if packing is None:
        raise _refuse(f"with compression number {compression}")
    fits = depth > _LAST_INDEXED if packing is Packing.FIELDS else depth in _DEPTHS_OF_RUNS.get(packing, _DEPTHS)
    if not fits:
        raise _refuse(f"of {depth} bits per pixel in {packing.value}")
    return packing


def _refuse(kind: str) -> IngestError:
    return IngestError(Reason.UNSUPPORTED_FORMAT, f"a BMP {kind} cannot be read; save it as PNG or as a 24-bit BMP")


def _read_masks(
    data: bytes, dib: int, packing: Packing, depth: int, compression: int
) -> tuple[tuple[int, int, int, int], int]:
    """Return the bit fields, and where the palette begins: short headers have the fields behind them."""
    size = _read_number(data, dib)
    plain, begin = _MASKS.get(depth, (0, 0, 0, 0)), dib + size
    if packing is not Packing.FIELDS:
        return plain, begin
    count = 4 if size >= _VERSION_3 or compression == _WITH_ALPHA else 3
    at = dib + _INFO
    if len(data) < at + 4 * count:
        raise corrupt("BMP", "the file ends inside its bit fields")
    numbers = (_read_number(data, at + 4 * place) if place < count else 0 for place in range(4))
    red, green, blue, alpha = (number & (1 << depth) - 1 for number in numbers)
    masks = (red, green, blue, alpha) if red or green or blue else plain
    if depth == 24 and not _BYTES_OF_24.issuperset(masks[:3]):  # noqa: PLR2004 (bits)
        raise _refuse("of 24 bits per pixel in bit fields that are not bytes")
    return masks, max(begin, at + 4 * count)


def _read_palette(between: bytes, depth: int, colours: int, entry: int) -> bytes:
    """Return a colour for every possible pixel: missing ones are black, as in browsers."""
    if depth > _LAST_INDEXED:
        return b""
    stored = between[: entry * min(colours, 1 << depth)]
    found = stored[: len(stored) // entry * entry]
    if entry > 3:  # noqa: PLR2004 (blue, green and red; the fourth byte is reserved)
        found = b"".join(found[at : at + 3] for at in range(0, len(found), entry))
    return found.ljust(3 << _LAST_INDEXED, b"\0")


def _read_profile(data: bytes, dib: int, size: int) -> bytes | None:
    """Return the embedded ICC profile (BITMAPV5HEADER, bV5ProfileData: counted from the header)."""
    if size != _VERSION_5 or data[dib + 56 : dib + 60] != _EMBEDDED_PROFILE:
        return None
    at, length = dib + _read_number(data, dib + 112), _read_number(data, dib + 116)
    return data[at : at + length] or None


def _read_number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
