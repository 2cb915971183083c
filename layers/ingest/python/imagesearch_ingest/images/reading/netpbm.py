"""PPM and PGM whose samples are not plain bytes: Pillow reads those one by one in Python, seconds for a large photo.

Header and samples: Netpbm's ppm(5) and pgm(5).
"""

import re
from collections.abc import Iterator

from PIL import Image

_GAP = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+"
_NUMBER = rb"([0-9]{1,5})"
_RAW = re.compile(rb"(P[56])" + _GAP + _NUMBER + _GAP + _NUMBER + _GAP + _NUMBER + rb"[ \t\r\n\v\f]")
_BYTE, _TWO_BYTES = 255, 65535
_SAMPLES_AT_ONCE = 1 << 20  # bounds the memory for the two-byte samples on their way to one


def with_byte_samples(data: bytes) -> bytes:
    """The same picture with samples of 0 to 255.

    As it came when Pillow reads it quickly (bytes, and grey of 16 bits), when it is plain text, or when it is broken.
    """
    header = _RAW.match(data)
    if header is None:
        return data
    kind, width, height, maximum = header[1], int(header[2]), int(header[3]), int(header[4])
    if maximum in {0, _BYTE} or maximum > _TWO_BYTES or (kind, maximum) == (b"P5", _TWO_BYTES):
        return data
    needed = width * height * (3 if kind == b"P6" else 1)
    if maximum < _BYTE:
        samples = data[header.end() : header.end() + needed].translate(bytes(_levels(maximum, _BYTE + 1)))
    else:
        samples = b"".join(_narrowed(data[header.end() : header.end() + 2 * needed], maximum))
    return b"%s %d %d 255\n" % (kind, width, height) + samples


def _narrowed(samples: bytes, maximum: int) -> Iterator[bytes]:
    levels = _levels(maximum, _TWO_BYTES + 1)
    for at in range(0, len(samples) - 1, 2 * _SAMPLES_AT_ONCE):
        part = samples[at : at + 2 * _SAMPLES_AT_ONCE]
        row = Image.frombytes("I;16B", (len(part) // 2, 1), part[: len(part) // 2 * 2])
        yield row.convert("I").point(levels, "L").tobytes()


def _levels(maximum: int, count: int) -> list[int]:
    return [min(_BYTE, (level * _BYTE * 2 + maximum) // (2 * maximum)) for level in range(count)]
