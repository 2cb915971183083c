"""Pictures that bear a number in their pixels, which survives whatever is done to them on the way.

Eight by eight cells, black or white: 32 for the bits, 32 for their opposites, so that half of them are white. That is
what the local Image Search's perceptual hash sees as well: from the index alone one can tell which upload is in it.
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
    """``cell`` is the side of a cell in pixels; 12 gives a picture of 96, which is too small."""
    upright = _drawn(number).resize((SIDE * cell, SIDE * cell), Image.Resampling.NEAREST)
    if form != "turned":
        return encode(upright.convert("RGB"), form)
    exif = Image.Exif()
    exif[_ORIENTATION] = _QUARTER_TURN
    return encode(upright.transpose(Image.Transpose.ROTATE_90).convert("RGB"), "JPEG", exif=exif)


def number_in(perceptual_hash: int) -> int | None:
    """``None`` for a picture that is none of ours, or not whole."""
    number, opposite = perceptual_hash & _MOST, perceptual_hash >> _HALF
    return number if number ^ opposite == _MOST else None


def _drawn(number: int) -> Image.Image:
    bits = number | (number ^ _MOST) << _HALF
    return Image.frombytes("L", (SIDE, SIDE), bytes(255 * (bits >> place & 1) for place in range(BITS)))
