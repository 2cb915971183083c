"""Build PNGs of noise, chunk by chunk, in every depth and colour type, interlaced or not."""

import struct
import zlib
from random import Random

from PIL import Image

SIZE = WIDTH, HEIGHT = 123, 110
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
SIGNATURE, END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xae\x42\x60\x82"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(
    depth: int = 8, colour_type: int = 2, *, interlaced: int = 0, compression: int = 0, filters: int = 0
) -> bytes:
    methods = compression, filters, interlaced
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, depth, colour_type, *methods))


def row_starts(depth: int = 8, colour_type: int = 2, *, interlaced: int = 0) -> list[int]:
    """Return the offset of each row in the inflated pixel data, and the end of the last."""
    starts = [0]
    for left, top, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns = len(range(left, WIDTH, across))
        for _ in range(top, HEIGHT, down):
            starts.append(starts[-1] + 1 + (columns * depth * SAMPLES[colour_type] + 7) // 8)
    return starts


def rows(depth: int = 8, colour_type: int = 2, *, interlaced: int = 0) -> bytearray:
    """Return rows of noise, with every kind of filter."""
    starts = row_starts(depth, colour_type, interlaced=interlaced)
    data = bytearray(Random(0).randbytes(starts[-1]))
    for number, start in enumerate(starts[:-1]):
        data[start] = number % 5
    return data


def palette(entries: int) -> bytes:
    return chunk(b"PLTE", Random(1).randbytes(3 * entries))


def png(
    before: bytes = b"",
    after: bytes = b"",
    depth: int = 8,
    colour_type: int = 2,
    *,
    interlaced: int = 0,
    pieces: int = 1,
) -> bytes:
    """Return a PNG with further chunks ``before`` and ``after`` the pixel data."""
    packed = zlib.compress(rows(depth, colour_type, interlaced=interlaced))
    step = -(-len(packed) // pieces)
    pixels = b"".join(chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    return header(depth, colour_type, interlaced=interlaced) + before + pixels + after + END


def png_of(colour_type: int, rows: bytes, *others: bytes) -> bytes:
    """Return a PNG of 320x200 pixels of 8 bits from compressed rows, with further chunks before them."""
    first = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 200, 8, colour_type, 0, 0, 0))
    return SIGNATURE + first + b"".join(others) + chunk(b"IDAT", rows) + END


def pack_rows(image: Image.Image) -> bytes:
    """Return the rows of an image, not compressed, without filters."""
    width = len(image.getbands()) * image.width
    pixels = image.tobytes()
    return b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
