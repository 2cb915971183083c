"""Draw images to compare renderers with: smooth or flat, so that JPEG changes little and errors stand out."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

SIZE = (320, 208)
# Where the rows and columns of Adam7's seven passes start, and their steps: x, y, across, down (PNG, section 8.1).
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by bands (PNG, section 11.2.1)
ORIENTATION = 0x0112


def smooth(width: int = SIZE[0], height: int = SIZE[1], highest: int = 255) -> np.ndarray:
    """Draw red that rises to the right, green downwards, and blue in waves, so every rotation looks different."""
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    blue = (1 + np.cos(5 * x) * np.cos(3 * y)) / 2
    bands = np.stack([x + 0 * y, y + 0 * x, blue], axis=2)
    return np.rint(bands * highest).astype(np.uint8 if highest < 256 else np.uint16)


def waves(width: int, height: int, period: float) -> np.ndarray:
    """Draw detail that moves visibly if an image is scaled or placed wrongly. ``period`` in pixels."""
    across, down = (np.sin(np.arange(side, dtype=np.float32) * (2 * np.pi / period)) for side in (width, height))
    detail = np.rint(40 * np.outer(down, across)).astype(np.int16)
    return (smooth(width, height, highest=170) + (detail[:, :, None] + 42)).astype(np.uint8)


def quarters() -> Image.Image:
    """Draw four flat colours, so large that fewer than one in 100 pixels is beside an edge."""
    picture = Image.new("RGB", (640, 512), (220, 30, 30))
    picture.paste((30, 200, 30), (320, 0, 640, 256))
    picture.paste((30, 30, 220), (0, 256, 320, 512))
    picture.paste((230, 220, 30), (320, 256, 640, 512))
    return picture


def to_image(pixels: np.ndarray | None = None) -> Image.Image:
    return Image.fromarray(smooth() if pixels is None else pixels)


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    """Encode with pillow-heif, since Pillow writes no HEIC."""
    buffer = BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=95, **options)
    return buffer.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags.tobytes()


def png(pixels: np.ndarray, *, interlaced: bool = False) -> bytes:
    """Write kinds that Pillow does not: colour of 16 bits, and interlaced."""
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    height, width, bands = pixels.shape
    depth = 8 * pixels.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[bands], 0, 0, interlaced)
    parts = [pixels[y::down, x::across] for x, y, across, down in _PASSES] if interlaced else [pixels]
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for part in parts for row in part if row.size)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
