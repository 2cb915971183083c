"""Write BMPs of kinds that Pillow does not write."""

import struct
from functools import cache

from PIL import Image

from tests.unit.images.pictures import quarters

WIDTH, HEIGHT = 320, 200
STORED = quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM)  # from the bottom up
INDEXED = STORED.quantize(4)


def bmp(
    depth: int,
    pixels: bytes,
    *,
    compression: int = 0,
    size: int = 40,
    behind: bytes = b"",
    palette: bytes = b"",
    colours: int = 0,
    sides: tuple[int, int] = (WIDTH, HEIGHT),
    offset: int | None = None,
) -> bytes:
    """Return a BMP. ``behind`` are the bytes after the first 40 of the header; they are filled up to ``size``."""
    numbers = struct.pack("<IiiHHIIiiII", size, *sides, 1, depth, compression, 0, 0, 0, colours, 0)
    front = (numbers + behind).ljust(size, b"\0") + palette
    at = 14 + len(front) if offset is None else offset
    return b"BM" + struct.pack("<IHHI", 14 + len(front) + len(pixels), 0, 0, at) + front + pixels


def palette_of(image: Image.Image, entries: int, *, entry: int = 4) -> bytes:
    """Return the first colours of an image's palette as BMP stores them."""
    levels = bytes(image.getpalette() or []).ljust(768, b"\0")[: 3 * entries]
    return b"".join(bytes((*levels[at : at + 3][::-1], *bytes(entry - 3))) for at in range(0, len(levels), 3))


def pack_indexes(depth: int) -> bytes:
    """Return the rows of ``INDEXED``, with the leftmost pixel in the highest bits."""
    indexes = INDEXED.tobytes()
    per_byte = 8 // depth
    packed = bytearray()
    for at in range(0, len(indexes), per_byte):
        value = 0
        for index in indexes[at : at + per_byte]:
            value = value << depth | index
        packed.append(value)
    return bytes(packed)


def pack_fields(image: Image.Image, fields: tuple[tuple[int, int], ...], size: int) -> bytes:
    """Return each pixel as a number of ``size`` bytes. A field is its lowest bit and its number of bits."""
    samples = image.tobytes()
    bands = len(fields)

    @cache
    def pack(pixel: bytes) -> bytes:
        number = 0
        for level, (lowest, bits) in zip(pixel, fields, strict=True):
            number |= (level * (2**bits - 1) + 127) // 255 << lowest
        return number.to_bytes(size, "little")

    return b"".join(pack(samples[at : at + bands]) for at in range(0, len(samples), bands))


def masks(fields: tuple[tuple[int, int], ...]) -> bytes:
    return b"".join(struct.pack("<I", (2**bits - 1) << lowest) for lowest, bits in fields)
