"""Large pictures: up to 62 MB of file and 64 megapixels, or the pixels that a decoder has memory for.

Noise does not compress, so rows of it make the file as large as allowed. The rest is of one colour.
"""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image

FILE_BYTES = 62_000_000  # below the limit of 64 MB: encoders add a little
SIDE = 8000  # squared, 64 megapixels
SIDE_OF_AVIF = 6400  # it needs more memory per pixel

Drawing = Callable[[], bytes]


def noisy(mode: str, side: int, noise_bytes: int) -> Image.Image:
    """Return a square image with ``noise_bytes`` of noise in its first rows. Equal arguments give equal pixels."""
    bands = len(Image.new(mode, (1, 1)).tobytes())
    rows = min(side, noise_bytes // (side * bands))
    image = Image.new(mode, (side, side))
    if rows:
        image.paste(Image.frombytes(mode, (side, rows), Random(rows).randbytes(side * rows * bands)), (0, 0))
    return image


def _save(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _palette() -> bytes:
    image = noisy("L", SIDE, FILE_BYTES).convert("P")
    return _save(image, "PNG", compress_level=1)


LARGEST: dict[str, Drawing] = {
    "64 MP PNG with alpha": lambda: _save(noisy("RGBA", SIDE, FILE_BYTES), "PNG", compress_level=1),
    "64 MP PNG with a palette": _palette,
    "64 MP TIFF": lambda: _save(noisy("RGBA", SIDE, FILE_BYTES), "TIFF", compression="tiff_adobe_deflate"),
    "62 MB TIFF": lambda: _save(noisy("RGB", 4545, FILE_BYTES), "TIFF"),
    "64 MP JPEG": lambda: _save(noisy("RGB", SIDE, 75_000_000), "JPEG", quality=95, subsampling="4:4:4"),
    "64 MP WebP": lambda: _save(noisy("RGB", SIDE, 43_000_000), "WEBP", lossless=True, quality=0, method=0),
    "41 MP AVIF": lambda: _save(noisy("RGB", SIDE_OF_AVIF, 0), "AVIF", speed=10),
}
