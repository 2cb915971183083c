"""BMP: headers and palettes that Pillow misreads, and transparency that was never meant."""

from PIL import Image, ImageFile

from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_SHORTEST, _KNOWN = 16, {12, 40, 52, 56, 64, 108, 124}  # bytes of a DIB header
_EIGHT_BITS, _FOUR_BITS = 1, 2
_RUN_LENGTHS, _MAX_PIXELS_IN_RUNS = {_EIGHT_BITS, _FOUR_BITS}, 4_000_000
_END_OF_BITMAP, _DELTA = (0, 1), 2
_INFO = 40  # the shortest header that says how many colours there are
_FULL = 64  # OS/2 2: any header from 16 to 64 bytes is this one, cut; what is cut counts as zero


def check_runs(data: bytes) -> bytes:
    """The same bytes. Raises ``TOO_MANY_PIXELS`` for a run-length encoded picture that a few bytes make huge.

    Pillow fills such pictures up byte by byte, in Python.
    """
    width, height = (abs(_signed(data, at)) for at in (18, 22))
    if _number(data, 30) in _RUN_LENGTHS and width * height > _MAX_PIXELS_IN_RUNS:
        limit = _MAX_PIXELS_IN_RUNS // 1_000_000
        detail = f"{width}x{height} pixels in run-length encoding; at most {limit} megapixels are read of that"
        raise IngestError(Reason.TOO_MANY_PIXELS, detail)
    return data


def with_whole_rows(data: bytes) -> bytes:
    """The file with filling before its end code: a run-length encoded picture may end before its last row does, the
    rest being of the first colour (Windows GDI, "Bitmap Compression"), which Pillow takes for a cut file.
    """
    if _number(data, 30) not in _RUN_LENGTHS:
        return data
    width, height, at = _number(data, 18), abs(_signed(data, 22)), _number(data, 10)
    for codes in range(width * height):
        check_parts(codes, "BMP")
        count, value = (*data[at : at + 2], 0, 0)[:2]
        if (count, value) == _END_OF_BITMAP:
            row = b"\xff\0" * -(-width // 255) + b"\0\0"
            return data[:at] + row * (height + 1) + data[at:]
        at += _code_bytes(count, value, _number(data, 30))
    return data


def _code_bytes(count: int, value: int, compression: int) -> int:
    if count or value == 0:
        return 2
    if value == _DELTA:
        return 4
    pixels = value if compression == _EIGHT_BITS else (value + 1) // 2
    return 2 + pixels + pixels % 2


def with_known_header(data: bytes) -> bytes:
    """The file with an OS/2 2 header of an odd size brought to its full length (BITMAPINFOHEADER2, OS/2 toolkit)."""
    size = _number(data, 14)
    if size in _KNOWN or not _SHORTEST <= size < _FULL:
        return data
    grown = _FULL - size
    offset = _number(data, 10) + grown
    header = _FULL.to_bytes(4, "little") + data[18 : 14 + size] + bytes(grown)
    return data[:10] + offset.to_bytes(4, "little") + header + data[14 + size :]


def with_full_palette(data: bytes) -> bytes:
    """The file with a short palette filled up with black, the colour that readers take for what is missing.

    Pillow takes pixels of 8 bits with two colours, black and white, for pixels of one bit.
    """
    begin, depth = 14 + _number(data, 14), int.from_bytes(data[28:30], "little")
    colours = _number(data, 46)
    if _number(data, 14) < _INFO or depth not in {4, 8} or not 0 < colours < 1 << depth:
        return data
    missing = 4 * ((1 << depth) - colours)
    offset = (_number(data, 10) + missing).to_bytes(4, "little")
    end = begin + 4 * colours
    return data[:10] + offset + data[14:46] + bytes(4) + data[50:end] + bytes(missing) + data[end:]


def _signed(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little", signed=True)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def load(image: ImageFile.ImageFile) -> Image.Image:
    """An alpha band that is zero everywhere was left unset by a writer that never used it; browsers ignore it too."""
    image.load()
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")
    return image


def repair(data: bytes) -> bytes:
    """What Pillow is to be given in place of the file. Raises ``TOO_MANY_PIXELS``."""
    return with_full_palette(with_known_header(with_whole_rows(check_runs(data))))
