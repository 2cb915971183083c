"""Pictures with a number in their pixels, which survives re-encoding and scaling.

A picture has eight by eight cells, black or white: 32 for the bits and 32 for their opposites. The perceptual hash of
the local Image Search has the same cells, so the index shows which upload it holds.
"""

from PIL import Image

from local_cloud.image_search.perceptual_hash import BITS, SIDE
from tests.support.pictures import encode

_HALF = BITS // 2
_MOST = (1 << _HALF) - 1
_ORIENTATION = 0x0112
_QUARTER_TURN = 6  # "turn me clockwise by 90 degrees"

FORMS = ("PNG", "JPEG", "turned", "WEBP", "GIF", "BMP", "TIFF")


def picture(number: int, form: str = "PNG", cell: int = 16) -> bytes:
    """Return a picture. ``cell`` is the side of a cell in pixels; 12 gives 96 pixels, which are too few."""
    upright = _draw(number).resize((SIDE * cell, SIDE * cell), Image.Resampling.NEAREST)
    if form != "turned":
        return encode(upright.convert("RGB"), form)
    exif = Image.Exif()
    exif[_ORIENTATION] = _QUARTER_TURN
    return encode(upright.transpose(Image.Transpose.ROTATE_90).convert("RGB"), "JPEG", exif=exif)


def number_in(perceptual_hash: int) -> int | None:
    """Return the number, or ``None`` for another or an incomplete picture."""
    number, opposite = perceptual_hash & _MOST, perceptual_hash >> _HALF
    return number if number ^ opposite == _MOST else None


def _draw(number: int) -> Image.Image:
    bits = number | (number ^ _MOST) << _HALF
    return Image.frombytes("L", (SIDE, SIDE), bytes(255 * (bits >> place & 1) for place in range(BITS)))
