"""Repair the headers, palettes and run-length codes of BMPs that Pillow misreads."""

from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_SHORTEST, _KNOWN = 16, {12, 40, 52, 56, 64, 108, 124}  # bytes of a DIB header
_EIGHT_BITS, _FOUR_BITS = 1, 2
_RUN_LENGTHS, _MAX_PIXELS_IN_RUNS = {_EIGHT_BITS, _FOUR_BITS}, 4_000_000
_END_OF_BITMAP, _DELTA = (0, 1), 2
_INFO = 40  # the shortest header that says how many colours there are
_FULL = 64  # OS/2 2: any header from 16 to 64 bytes is this one, cut short; missing bytes count as zero
_HEADERS = range(12, 125)  # bytes: from BITMAPCOREHEADER to BITMAPV5HEADER


def is_bmp(data: bytes) -> bool:
    """Return whether the file is a BMP. Two letters are a weak signature: the header's size must be possible, too."""
    return data[:2] == b"BM" and _read_number(data, 14) in _HEADERS


def repair(data: bytes, _: Policy) -> Inspection:
    """Return the file for Pillow. Raise ``TOO_MANY_PIXELS``."""
    _check_runs(data)
    return Inspection(_fill_palette(_lengthen_header(_complete_rows(data))))


def _check_runs(data: bytes) -> None:
    """Raise ``TOO_MANY_PIXELS`` for a run-length encoded image that a few bytes make huge.

    Pillow fills such images byte by byte, in Python.
    """
    width, height = (abs(_read_signed(data, at)) for at in (18, 22))
    if _read_number(data, 30) in _RUN_LENGTHS and width * height > _MAX_PIXELS_IN_RUNS:
        limit = _MAX_PIXELS_IN_RUNS // 1_000_000
        detail = f"{width}x{height} pixels in run-length encoding; the limit is {limit} megapixels"
        raise IngestError(Reason.TOO_MANY_PIXELS, detail)


def _complete_rows(data: bytes) -> bytes:
    """Return the file with pixels of the first colour before its end code.

    A run-length encoded image may end before its last row does; the rest has the first colour (Windows GDI, "Bitmap
    Compression"). Pillow reports such a file as cut off.
    """
    if _read_number(data, 30) not in _RUN_LENGTHS:
        return data
    width, height, at = _read_number(data, 18), abs(_read_signed(data, 22)), _read_number(data, 10)
    for codes in range(width * height):
        check_parts(codes, "BMP")
        count, value = (*data[at : at + 2], 0, 0)[:2]
        if (count, value) == _END_OF_BITMAP:
            row = b"\xff\0" * -(-width // 255) + b"\0\0"
            return data[:at] + row * (height + 1) + data[at:]
        at += _count_code_bytes(count, value, _read_number(data, 30))
    return data


def _count_code_bytes(count: int, value: int, compression: int) -> int:
    if count or value == 0:
        return 2
    if value == _DELTA:
        return 4
    pixels = value if compression == _EIGHT_BITS else (value + 1) // 2
    return 2 + pixels + pixels % 2


def _lengthen_header(data: bytes) -> bytes:
    """Return the file with an OS/2 2 header in its full length (BITMAPINFOHEADER2, OS/2 toolkit)."""
    size = _read_number(data, 14)
    if size in _KNOWN or not _SHORTEST <= size < _FULL:
        return data
    grown = _FULL - size
    offset = _read_number(data, 10) + grown
    header = _FULL.to_bytes(4, "little") + data[18 : 14 + size] + bytes(grown)
    return data[:10] + offset.to_bytes(4, "little") + header + data[14 + size :]


def _fill_palette(data: bytes) -> bytes:
    """Return the file with a short palette filled up with black, which readers use for missing colours.

    Pillow would read pixels of 8 bits as pixels of one bit if the palette is black and white.
    """
    begin, depth = 14 + _read_number(data, 14), int.from_bytes(data[28:30], "little")
    colours = _read_number(data, 46)
    if _read_number(data, 14) < _INFO or depth not in {4, 8} or not 0 < colours < 1 << depth:
        return data
    missing = 4 * ((1 << depth) - colours)
    offset = (_read_number(data, 10) + missing).to_bytes(4, "little")
    end = begin + 4 * colours
    return data[:10] + offset + data[14:46] + bytes(4) + data[50:end] + bytes(missing) + data[end:]


def _read_signed(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little", signed=True)


def _read_number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
