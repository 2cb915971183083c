"""Convert Netpbm samples that are not plain bytes. Pillow reads those one by one in Python: seconds for a photo.

Header and samples: Netpbm's pbm(5), pgm(5) and ppm(5).
"""

import re
from collections.abc import Iterator
from itertools import islice

from PIL import Image

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_pixels
from imagesearch_ingest.images.policy import Policy

_GAP = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+"
_NUMBER = rb"([0-9]{1,5})"
_HEADER = re.compile(rb"(P[2356])" + _GAP + _NUMBER + _GAP + _NUMBER + _GAP + _NUMBER + rb"[ \t\r\n\v\f]")
_SIDES = re.compile(rb"P[1-6]" + _GAP + _NUMBER + _GAP + _NUMBER)
_BITMAP = re.compile(rb"P1" + _GAP + _NUMBER + _GAP + _NUMBER + rb"[ \t\r\n\v\f]")
_COMMENT = re.compile(rb"#[^\r\n]*")
_ANY_SPACE, _END_OF_LINE = re.compile(rb"[ \t\r\n\v\f]"), re.compile(rb"[\r\n]")
_SPACE = b" \t\r\n\v\f"
_BYTE, _TWO_BYTES = 255, 65535
_AT_ONCE = 1 << 20  # bytes: bounds the memory during conversion


class _KnownLevels(dict[bytes, int]):
    """Map each spelling of a number to its level. Reading each spelling only once is five times as fast for photos."""

    def __init__(self, levels: list[int]) -> None:
        super().__init__()
        self._levels = levels

    def __missing__(self, token: bytes) -> int:
        return self.setdefault(token, self._levels[int(token)])


def convert_to_bytes(data: bytes, policy: Policy) -> Inspection:
    """Return the same image with samples of 0 to 255.

    The file is returned unchanged if Pillow reads it quickly (bytes, bits, and grey of 16 bits), or if it is broken.
    Raise ``TOO_MANY_PIXELS`` before any sample is read, ``CORRUPT_IMAGE`` for samples that are not numbers.
    """
    if sides := _SIDES.match(data):
        check_pixels(int(sides[1]), int(sides[2]), policy)
    return Inspection(_convert(data))


def _convert(data: bytes) -> bytes:
    if bitmap := _BITMAP.match(data):
        return _convert_bitmap(data, bitmap)
    header = _HEADER.match(data)
    if header is None:
        return data
    kind, width, height, maximum = header[1], int(header[2]), int(header[3]), int(header[4])
    if maximum == 0 or maximum > _TWO_BYTES or (kind in {b"P5", b"P6"} and maximum == _BYTE):
        return data
    if (kind, maximum) == (b"P5", _TWO_BYTES):
        return data
    needed = width * height * (3 if kind in {b"P3", b"P6"} else 1)
    if kind in {b"P2", b"P3"}:
        samples = b"".join(_convert_text(data, header.end(), needed, maximum))
    elif maximum < _BYTE:
        samples = data[header.end() : header.end() + needed].translate(bytes(_list_levels(maximum, _BYTE + 1)))
    else:
        samples = b"".join(_convert_wide(data[header.end() : header.end() + 2 * needed], maximum))
    return b"%s %d %d 255\n" % (b"P6" if kind in {b"P3", b"P6"} else b"P5", width, height) + samples


def _convert_bitmap(data: bytes, header: re.Match[bytes]) -> bytes:
    """Convert digits: ones are black, and spaces between digits are optional."""
    needed = int(header[1]) * int(header[2])
    digits = _COMMENT.sub(b"", data[header.end() :]).translate(None, _SPACE)[:needed]
    if digits.strip(b"01"):
        raise corrupt("PPM", "its bitmap has other digits than 0 and 1")
    return b"P5 %s %s 255\n" % (header[1], header[2]) + digits.translate(bytes.maketrans(b"01", b"\xff\0"))


def _convert_text(data: bytes, at: int, needed: int, maximum: int) -> Iterator[bytes]:
    levels = _list_levels(maximum, maximum + 1)
    while needed > 0 and at < len(data):
        end = _find_end_of_piece(data, at)
        text = _COMMENT.sub(b"", data[at:end])
        if text.translate(None, _SPACE + b"0123456789"):
            raise corrupt("PPM", "its samples are not numbers")
        known = _KnownLevels(levels)
        samples = bytes(map(known.__getitem__, islice(text.split(), needed)))
        yield samples
        needed, at = needed - len(samples), end


def _find_end_of_piece(data: bytes, at: int) -> int:
    """Return an offset that cuts neither a number nor a comment."""
    space = _ANY_SPACE.search(data, at + _AT_ONCE)
    end = space.end() if space else len(data)
    in_comment = data.rfind(b"#", at, end) > max(data.rfind(b"\n", at, end), data.rfind(b"\r", at, end))
    return _find_end_of_line(data, end) if in_comment else end


def _find_end_of_line(data: bytes, at: int) -> int:
    found = _END_OF_LINE.search(data, at)
    return found.end() if found else len(data)


def _convert_wide(samples: bytes, maximum: int) -> Iterator[bytes]:
    levels = _list_levels(maximum, _TWO_BYTES + 1)
    for at in range(0, len(samples) - 1, 2 * _AT_ONCE):
        part = samples[at : at + 2 * _AT_ONCE]
        row = Image.frombytes("I;16B", (len(part) // 2, 1), part[: len(part) // 2 * 2])
        yield row.convert("I").point(levels, "L").tobytes()


def _list_levels(maximum: int, count: int) -> list[int]:
    return [min(_BYTE, (level * _BYTE * 2 + maximum) // (2 * maximum)) for level in range(count)]
