"""Scale samples of more than 8 bits to 8. Pillow's own conversion clips: 16-bit images would turn white."""

import math
from functools import cache

from PIL import Image

from imagesearch_ingest.images.bands import apply_in_bands
from imagesearch_ingest.images.faults import corrupt

_WHITE = 65535


def reduce_depth(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Reduce single bands of 16 bits and more. Pillow has scaled colour images to 8 bits already."""
    if image.mode.startswith("I;16"):
        return apply_in_bands(image, _reduce_sixteen_bits), "16 to 8 bits"
    if image.mode in {"I", "F"}:
        return _reduce_by_range(image), "16 to 8 bits" if image.mode == "I" else "float to 8 bits"
    return image, None


@cache
def _get_levels() -> list[int]:
    """Return the 8-bit level of each 16-bit level. Most instances of the function never need the table."""
    return [(level * 255 + _WHITE // 2) // _WHITE for level in range(_WHITE + 1)]


def _reduce_sixteen_bits(image: Image.Image) -> Image.Image:
    """Scale the levels. A PNG may declare one level transparent, which must be looked up before scaling."""
    levels, key = image.convert("I"), image.info.get("transparency")
    grey = levels.point(_get_levels(), "L")
    if not isinstance(key, int):
        return grey
    alpha = levels.point([0 if level == key else 255 for level in range(_WHITE + 1)], "L")
    both = Image.merge("LA", (grey, alpha))
    both.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return both


def _reduce_by_range(image: Image.Image) -> Image.Image:
    """Scale 32-bit integers and fractions, whose formats do not define white: the range of the samples does.

    Integers within 16 bits count as 16-bit samples. For fractions, white is 1, 255 or 65535: the first that no sample
    exceeds. Samples in any other range are stretched from their lowest to their highest value.
    """
    low, high = image.getextrema()
    if not (isinstance(low, int | float) and isinstance(high, int | float) and math.isfinite(high - low)):
        raise corrupt("image", "its samples are not finite numbers")
    whites = (_WHITE,) if image.mode == "I" else (1, 255, _WHITE)
    white = next((white for white in whites if low >= 0 and high <= white), None)
    black, span = (0, white) if white else (low, (high - low) or 1)
    # Converting fractions to bytes cuts them off; adding half a level rounds them.
    scale = 255 / span
    shift = 0.5 - black * scale
    return apply_in_bands(
        image, lambda band: band.convert("F").point(lambda sample: sample * scale + shift).convert("L")
    )
