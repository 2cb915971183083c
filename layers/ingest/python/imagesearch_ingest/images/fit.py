"""Scale an image so that both sides are within the limits, as cheaply as possible without visible loss."""

from PIL import Image

from imagesearch_ingest.images.bands import iterate_bands
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.sides import find_fitted_size, find_longest_side
from imagesearch_ingest.images.vips import SCALED_MODES, attempt, scale_pixels

__all__ = ["choose_dct_scale", "find_fitted_size", "fit", "resize"]

_DCT_SCALES = (8, 4, 2)  # by which libjpeg divides the sides at no cost, and which Pillow supports
_TOLERANCE = (7, 8)  # this share of the wanted longest side is good enough if it saves the resampling
# libvips works on a copy. Beyond this, the image and its copy would exceed the memory of ``limits.check_memory``.
_MOST_COPIED_PIXELS = 40_000_000
_FILTER, _GAP = Image.Resampling.HAMMING, 1.0
_REACH = 4  # pixels of the result by which the filter may reach beyond a band's edge


def choose_dct_scale(width: int, height: int, policy: Policy) -> int:
    """Return the divisor for the sides of a JPEG while it is decoded: 1, 2, 4 or 8.

    It is the largest divisor that gives at least the wanted size, or so little less that resampling can be left out.
    """
    longest = find_longest_side(width, height, policy)
    if max(width, height) <= longest:
        return 1
    for scale in _DCT_SCALES:
        shorter, longer = sorted((-(-width // scale), -(-height // scale)))
        if longer * _TOLERANCE[1] >= longest * _TOLERANCE[0] and shorter >= min(policy.min_side, width, height):
            return scale
    return 1


def fit(image: Image.Image, policy: Policy) -> tuple[Image.Image, str | None]:
    """Scale the image to the sides that the policy asks for."""
    size = find_fitted_size(image.width, image.height, policy)
    if size == image.size:
        return image, None
    return resize(image, size), f"{image.width}x{image.height} to {size[0]}x{size[1]}"


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale the image to ``size``: down by libvips, which is faster and sharper (ADR 32), up by Pillow."""
    if size[0] > image.width:
        return image.resize(size, Image.Resampling.BICUBIC)
    if image.mode in SCALED_MODES and image.width * image.height <= _MOST_COPIED_PIXELS:
        scaled = attempt(lambda: scale_pixels(image, size))
        if scaled:
            return scaled
    return _shrink_in_bands(image, size)


def _shrink_in_bands(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale the image down with little memory beside its own.

    The filter is Hamming: as sharp as bicubic at half its reach and cost (Pillow's handbook, "Filters comparison
    table"). ``reducing_gap`` does most of a large reduction in whole steps.
    """
    rows = image.height / size[1]
    parts = list(iterate_bands(round(image.width * rows), size[1]))
    if len(parts) == 1:
        return image.resize(size, _FILTER, reducing_gap=_GAP)
    result = Image.new(image.mode, size)
    for top, bottom in parts:
        source, first = _cut_around(image, int((top - _REACH) * rows), int((bottom + _REACH) * rows) + 1)
        box = (0, top * rows - first, image.width, min(bottom * rows - first, source.height))
        result.paste(source.resize((size[0], bottom - top), _FILTER, box, reducing_gap=_GAP), (0, top))
    result.info = image.info.copy()
    return result


def _cut_around(image: Image.Image, first: int, last: int) -> tuple[Image.Image, int]:
    """Return an image with at least these rows, and the row it begins with.

    Before Pillow resamples, it multiplies transparency into the colours of the whole image, not only of the box. So
    the box is cut out, together with the rows that the filter needs beyond its edges; no seam is visible.
    """
    if image.mode not in {"LA", "RGBA"}:
        return image, 0
    first, last = max(0, first), min(image.height, last)
    return image.crop((0, first, image.width, last)), first
