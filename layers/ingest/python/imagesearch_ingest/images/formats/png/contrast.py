"""Find contrast in a PNG's first rows, because proving that it decodes unfilters no pixel."""

from typing import TYPE_CHECKING, cast

from PIL import Image

from imagesearch_ingest.images.blank import MAX_CONTRAST_OF_NOISE
from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.vips import get_vips, open_image

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS = 16  # at once


def has_contrast(stripped: StrippedImage) -> bool:
    """Return whether the image has too much contrast to be blank. Decode no more rows than it takes to know."""
    image = open_image(stripped.data, "png")
    region = get_vips().Region.new(image)
    lowest, highest = [255] * image.bands, [0] * image.bands
    for top in range(0, image.height, _ROWS):
        rows = min(_ROWS, image.height - top)
        pixels = region.fetch(0, top, image.width, rows)
        for band, (low, high) in enumerate(_find_extrema(pixels, image.bands)):
            lowest[band], highest[band] = min(lowest[band], low), max(highest[band], high)
        if max(high - low for low, high in zip(lowest, highest, strict=True)) > MAX_CONTRAST_OF_NOISE:
            return True
    return False


def _find_extrema(pixels: bytes, bands: int) -> "Sequence[tuple[int, int]]":
    mode = {1: "L", 3: "RGB"}[bands]
    extrema = Image.frombuffer(mode, (len(pixels) // bands, 1), pixels, "raw", mode, 0, 1).getextrema()
    return cast("Sequence[tuple[int, int]]", extrema if bands > 1 else (extrema,))
