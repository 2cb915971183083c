"""Samples of more than 8 bits to 8, by scaling. Pillow's own conversion clips: 16-bit pictures would turn white."""

import math
from functools import cache

from PIL import Image

from imagesearch_ingest.images.bands import by_bands
from imagesearch_ingest.images.faults import corrupt

_WHITE = 65535


def eight_bits(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Colour comes from Pillow with 8 bits already, scaled; what is left are single bands, of 16 bits and more."""
    if image.mode.startswith("I;16"):
        return by_bands(image, _from_sixteen_bits), "16 to 8 bits"
    if image.mode in {"I", "F"}:
        return _by_range(image), "16 to 8 bits" if image.mode == "I" else "float to 8 bits"
    return image, None


@cache
def _to_eight_bits() -> list[int]:
    """Made when the first picture needs it: most starts of a function see none."""
    return [(level * 255 + _WHITE // 2) // _WHITE for level in range(_WHITE + 1)]


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """A PNG may name one level as transparent: it is told from its neighbours only before they are scaled."""
    levels, key = image.convert("I"), image.info.get("transparency")
    grey = levels.point(_to_eight_bits(), "L")
    if not isinstance(key, int):
        return grey
    alpha = levels.point([0 if level == key else 255 for level in range(_WHITE + 1)], "L")
    both = Image.merge("LA", (grey, alpha))
    both.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return both


def _by_range(image: Image.Image) -> Image.Image:
    """What white is, the format does not say for integers of 32 bits and for fractions: the data's range tells.

    Integers within 16 bits are taken for 16 bits; fractions within 0..1, then within 0..255, then within 0..65535,
    for just that. Anything else is stretched from its own lowest to its own highest sample.
    """
    low, high = image.getextrema()
    if not (isinstance(low, int | float) and isinstance(high, int | float) and math.isfinite(high - low)):
        raise corrupt("picture", "its samples are not finite numbers")
    whites = (_WHITE,) if image.mode == "I" else (1, 255, _WHITE)
    white = next((white for white in whites if low >= 0 and high <= white), None)
    black, span = (0, white) if white else (low, (high - low) or 1)
    # Fractions have no rounding when they are cut to bytes: half a level makes it rounding.
    scale = 255 / span
    shift = 0.5 - black * scale
    return by_bands(image, lambda band: band.convert("F").point(lambda sample: sample * scale + shift).convert("L"))
