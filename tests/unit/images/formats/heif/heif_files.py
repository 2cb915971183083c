"""Draw HEIF files, and change single parts of them."""

from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

from tests.unit.images.pictures import encoded, noise, quarters


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    buffer = BytesIO()
    pillow_heif.from_pillow(image or quarters()).save(buffer, **{"quality": 90, **options})
    return buffer.getvalue()


def heic_grid() -> bytes:
    """Return six tiles of noise, so that most of the file is their data."""
    return heic(noise(384, 256), tile_size=128)


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
