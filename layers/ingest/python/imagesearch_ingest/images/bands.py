"""Large pictures are worked on in bands: beside its source and its result a step then needs little memory."""

from collections.abc import Callable, Iterator

from PIL import Image

_PIXELS_AT_ONCE = 4_000_000


def bands(width: int, height: int) -> Iterator[tuple[int, int]]:
    """First row and the row after the last, from top to bottom."""
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def by_bands(image: Image.Image, step: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """What ``step`` makes of the picture, for a step in which each pixel depends on itself alone."""
    if image.width * image.height <= _PIXELS_AT_ONCE:
        return step(image)
    first = step(image.crop((0, 0, image.width, 1)))
    result = Image.new(first.mode, image.size)
    result.info = first.info
    for top, bottom in bands(*image.size):
        result.paste(step(image.crop((0, top, image.width, bottom))), (0, top))
    return result
