"""Scale samples of 16 bits to 8. Pillow's own conversion clips: 16-bit images would turn white."""

from functools import cache

from PIL import Image

from imagesearch_ingest.images.bands import apply_in_bands

_WHITE = 65535


def reduce_depth(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Reduce grey of 16 bits, which Pillow keeps in a mode of 16 or 32. Everything else has 8 bits already."""
    if image.mode.startswith("I"):
        return apply_in_bands(image, _reduce_sixteen_bits), "16 to 8 bits"
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
