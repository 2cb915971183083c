"""Find contrast in an image of libvips', decoding no more rows than it takes to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PIL import Image

from imagesearch_ingest.images.vips import get_vips

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyvips  # type: ignore[import-untyped] # published without type information

_ROWS = 16  # at once


def exceeds_contrast(image: pyvips.Image, limit: int) -> bool:
    """Return whether two pixels of a grey or RGB image differ by more than ``limit`` levels in one of its bands."""
    region = get_vips().Region.new(image)
    lowest, highest = [255] * image.bands, [0] * image.bands
    for top in range(0, image.height, _ROWS):
        rows = min(_ROWS, image.height - top)
        pixels = region.fetch(0, top, image.width, rows)
        for band, (low, high) in enumerate(_find_extrema(pixels, image.bands)):
            lowest[band], highest[band] = min(lowest[band], low), max(highest[band], high)
        if max(high - low for low, high in zip(lowest, highest, strict=True)) > limit:
            return True
    return False


def _find_extrema(pixels: bytes, bands: int) -> Sequence[tuple[int, int]]:
    mode = {1: "L", 3: "RGB"}[bands]
    extrema = Image.frombuffer(mode, (len(pixels) // bands, 1), pixels, "raw", mode, 0, 1).getextrema()
    return cast("Sequence[tuple[int, int]]", extrema if bands > 1 else (extrema,))
