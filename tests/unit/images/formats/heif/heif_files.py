"""Draw HEIF files, and change single parts of them."""

import struct
from functools import cache
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

from tests.unit.images.pictures import encoded, noise, quarters


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    buffer = BytesIO()
    pillow_heif.from_pillow(image or quarters()).save(buffer, **{"quality": 90, **options})
    return buffer.getvalue()


@cache
def heic_grid(width: int = 384, height: int = 256, tile: int = 128) -> bytes:
    """Return tiles of noise, six by default, so that most of the file is their data."""
    return heic(noise(width, height), tile_size=tile)


@cache
def noisy_heic() -> bytes:
    return heic(noise())


@cache
def noisy_avif() -> bytes:
    return avif(noise())


def avif(image: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(image or quarters(), "AVIF", **{"quality": 90, "speed": 10, **options})


def retype(data: bytes, old: bytes, new: bytes) -> bytes:
    """Give the items of one type another one. The codec's configuration keeps its own."""
    start = data.index(b"iinf")
    end = start + int.from_bytes(data[start - 4 : start], "big")
    return data[:start] + data[start:end].replace(old, new) + data[end:]


def rebrand(data: bytes, brand: bytes) -> bytes:
    """Replace all brands of the file, and its first one."""
    size = int.from_bytes(data[:4], "big")
    return data[:8] + brand + data[12:16] + brand * ((size - 16) // 4) + data[size:]


def find_data(data: bytes) -> int:
    """Return where the compressed data begin."""
    return data.index(b"mdat") + 4


def avif_of_items(
    colours: bytes, alpha: bytes, sizes: tuple[tuple[int, int], tuple[int, int]], *, is_split: bool = False
) -> bytes:
    """Return an AVIF of two images, the second of which is the transparency of the first.

    ``is_split``: list the properties of each image in a box of its own, against the rules (ISO/IEC 14496-12, 8.11.14).
    """
    parts = [_read_image(one) for one in (colours, alpha)]
    properties = b"".join(
        _box(b"ispe", bytes(4) + struct.pack(">II", *size)) + config
        for (config, _), size in zip(parts, sizes, strict=True)
    )
    properties += _box(b"auxC", bytes(4) + b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
    entries = [b"\0\1\2\1\x82", b"\0\2\3\3\x84\x05"]
    lists = [(1, entry) for entry in entries] if is_split else [(2, b"".join(entries))]
    associations = b"".join(_box(b"ipma", bytes(4) + struct.pack(">I", count) + body) for count, body in lists)
    items = b"".join(_box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + b"av01\0") for number in (1, 2))

    def describe(start: int) -> bytes:
        places = b""
        for number, (_, data) in enumerate(parts, 1):
            places += struct.pack(">HHHII", number, 0, 1, start, len(data))
            start += len(data)
        return _box(
            b"meta",
            bytes(4)
            + _box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + _box(b"pitm", bytes(4) + b"\0\1")
            + _box(b"iloc", bytes(4) + b"\x44\0\0\2" + places)
            + _box(b"iinf", bytes(4) + b"\0\2" + items)
            + _box(b"iref", bytes(4) + _box(b"auxl", b"\0\2\0\1\0\1"))
            + _box(b"iprp", _box(b"ipco", properties) + associations),
        )

    kind = _box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
    start = len(kind) + len(describe(0)) + 8
    return kind + describe(start) + _box(b"mdat", b"".join(data for _, data in parts))


def _read_image(data: bytes) -> tuple[bytes, bytes]:
    """Return the codec's configuration and the compressed data of a file of one image."""
    at = data.index(b"av1C") - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")], data[find_data(data) :]


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content
