"""Convert Netpbm samples that are not plain bytes. Pillow reads those one by one in Python: seconds for a photo.

The header is written anew: readers differ about comments in odd places. Header and samples: Netpbm's pbm(5), pgm(5) and
ppm(5).
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_pixels
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# Possessive, so that no header is searched twice. A comment ends the number before it.
_GAP = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])++"
_NUMBER = rb"([0-9]{1,10})"
_MAGIC = re.compile(rb"(P[1-6])" + _GAP + rb"(?=[0-9])")
_BITMAP = re.compile(rb"(P[14])" + _GAP + _NUMBER + _GAP + _NUMBER + rb"(?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])")
_HEADER = re.compile(
    rb"(P[2356])" + _GAP + _NUMBER + _GAP + _NUMBER + _GAP + _NUMBER + rb"(?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])"
)
_COMMENT = re.compile(rb"#[^\r\n]*")
_ANY_SPACE, _END_OF_LINE = re.compile(rb"[ \t\r\n\v\f]"), re.compile(rb"[\r\n]")
_COMMENT_LINE = re.compile(rb"#[^\r\n]*+[\r\n]")
_SPACE = b" \t\r\n\v\f"
_BYTE, _TWO_BYTES = 255, 65535
_AT_ONCE = 1 << 20  # bytes: bounds the memory during conversion
_MOST_DIGITS = 10  # of a sample; longer ones are above any maximum


class _Header(NamedTuple):
    kind: bytes
    width: int
    height: int
    maximum: int
    end: int  # offset of the samples

    @property
    def samples(self) -> int:
        """Return the number of samples; for bitmaps, that of the pixels."""
        return self.width * self.height * (3 if self.kind in _COLOURS else 1)


_COLOURS, _TEXTS, _BITS = {b"P3", b"P6"}, {b"P1", b"P2", b"P3"}, b"P4"


class _KnownLevels(dict[bytes, int]):
    """Map each spelling of a number to its level. Reading each spelling only once is five times as fast for photos."""

    def __init__(self, levels: list[int]) -> None:
        super().__init__()
        self._levels = levels

    def __missing__(self, token: bytes) -> int:
        """Read a number. A sample above the maximum counts as the maximum."""
        most = len(self._levels) - 1
        level = min(int(token), most) if len(token) <= _MOST_DIGITS else most
        return self.setdefault(token, self._levels[level])


def is_netpbm(data: bytes) -> bool:
    """Return whether the file begins as PBM, PGM or PPM."""
    return bool(_MAGIC.match(data))


def convert_to_bytes(data: bytes, policy: Policy) -> Inspection:
    """Return the same image with samples of 0 to 255, or as bits or grey of 16 bits, which Pillow reads quickly.

    Raise ``TOO_MANY_PIXELS`` before any sample is read, ``CORRUPT_IMAGE`` for missing samples and samples that are not
    numbers, ``UNSUPPORTED_FORMAT`` for samples of more than 16 bits.
    """
    header = _read_header(data)
    check_pixels(header.width, header.height, policy)
    if header.kind in _TEXTS:
        return Inspection(_convert_text(data, header))
    return Inspection(_convert_raw(data, header))


def _read_header(data: bytes) -> _Header:
    found = _BITMAP.match(data) or _HEADER.match(data)
    if found is None:
        raise corrupt("PPM", "its header is broken")
    kind, *numbers = found.groups()
    width, height, maximum = (*map(int, numbers), 1)[:3]
    if width == 0 or height == 0 or maximum == 0:
        raise corrupt("PPM", f"its header says {width} times {height} pixels with a maximum of {maximum}")
    if maximum > _TWO_BYTES:
        detail = f"a PPM with samples of up to {maximum} cannot be read; save it with a maximum of {_TWO_BYTES}"
        raise IngestError(Reason.UNSUPPORTED_FORMAT, detail)
    return _Header(kind, width, height, maximum, found.end())


def _write_header(kind: bytes, header: _Header, maximum: int) -> bytes:
    return b"%s %d %d %d\n" % (kind, header.width, header.height, maximum)


def _check_samples(found: int, needed: int) -> None:
    if found < needed:
        raise corrupt("PPM", f"the file ends after {found} of {needed} samples")


def _convert_raw(data: bytes, header: _Header) -> bytes:
    """Convert samples that are stored as bits, bytes or pairs of bytes."""
    if header.kind == _BITS:
        row = (header.width + 7) // 8
        bits = _cut_samples(data, header, row * header.height)
        _check_samples(len(bits) // row * header.width, header.samples)
        return b"%s %d %d\n" % (header.kind, header.width, header.height) + bits
    size = 1 if header.maximum <= _BYTE else 2
    samples = _cut_samples(data, header, header.samples * size)
    _check_samples(len(samples) // size, header.samples)
    if header.maximum == _BYTE or (header.kind, header.maximum) == (b"P5", _TWO_BYTES):
        return _write_header(header.kind, header, header.maximum) + samples
    if size == 1:
        samples = samples.translate(bytes(_list_levels(header.maximum, _BYTE + 1)))
    else:
        samples = b"".join(_convert_wide(samples, header.maximum))
    return _write_header(header.kind, header, _BYTE) + samples


def find_samples(data: bytes, at: int, needed: int) -> int:
    """Return where the samples begin, which take ``needed`` bytes. The header ends at ``at`` with one white space.

    Some writers put two, or a comment: that is so if just the rest has the right length.
    """
    rest = len(data) - at
    if rest == needed + 1 and data[at - 1 : at + 1] == b"\r\n":
        return at + 1
    comment = _COMMENT_LINE.match(data, at)
    return comment.end() if comment and rest == needed + len(comment[0]) else at


def _cut_samples(data: bytes, header: _Header, needed: int) -> bytes:
    begin = find_samples(data, header.end, needed)
    return data[begin : begin + needed]


def _convert_text(data: bytes, header: _Header) -> bytes:
    """Convert samples that are written as numbers."""
    samples = _convert_digits(data, header) if header.kind == b"P1" else b"".join(_convert_numbers(data, header))
    _check_samples(len(samples), header.samples)
    return _write_header(b"P6" if header.kind in _COLOURS else b"P5", header, _BYTE) + samples


def _convert_digits(data: bytes, header: _Header) -> bytes:
    """Convert a bitmap: ones are black, and spaces between digits are optional."""
    digits = _COMMENT.sub(b"", data[header.end :]).translate(None, _SPACE)[: header.samples]
    if digits.strip(b"01"):
        raise corrupt("PPM", "its bitmap has other digits than 0 and 1")
    return digits.translate(bytes.maketrans(b"01", b"\xff\0"))


def _convert_numbers(data: bytes, header: _Header) -> Iterator[bytes]:
    levels = _list_levels(header.maximum, header.maximum + 1)
    needed, at = header.samples, header.end
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
