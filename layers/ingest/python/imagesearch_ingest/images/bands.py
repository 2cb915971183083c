"""Work on large images in bands, so that a step needs little memory besides its source and its result."""

from collections.abc import Callable, Iterator

from PIL import Image

_PIXELS_AT_ONCE = 4_000_000


def iterate_bands(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield the first row of each band and the row after its last, from top to bottom."""
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def apply_in_bands(image: Image.Image, step: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Return what ``step`` makes of the image.

    Each pixel of the result must depend only on the same pixel of the source.
    """
    if image.width * image.height <= _PIXELS_AT_ONCE:
        return step(image)
    first = step(image.crop((0, 0, image.width, 1)))
    result = Image.new(first.mode, image.size)
    result.info = first.info
    for top, bottom in iterate_bands(*image.size):
        result.paste(step(image.crop((0, top, image.width, bottom))), (0, top))
    return result
