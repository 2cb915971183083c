"""Bring both sides within the limits, with the cheapest means that cannot be told from the best."""

from PIL import Image

from imagesearch_ingest.images.bands import bands
from imagesearch_ingest.images.policy import Policy, SmallPictures

_DCT_SCALES = (8, 4, 2)  # what libjpeg decodes to at no cost, and Pillow passes on
_LANDING = (7, 8)  # a longest side within this share of the wanted one is as good, if it saves the resampling
_FILTER, _GAP = Image.Resampling.HAMMING, 1.0
_REACH = 4  # source pixels that a filter may look beyond a band's edge, for each pixel of the result


def fitting_size(width: int, height: int, policy: Policy) -> tuple[int, int]:
    """Pixels, the proportions kept as well as whole numbers allow.

    Given sides that ``check_sides`` accepts, both results are within ``min_side..max_side``: the shorter side's exact
    value is at least ``min_side`` then, and rounding to the nearest cannot take a value across a whole number. Only
    where pictures are to be padded may the shorter side stay shorter.
    """
    shorter, longer = sorted((width, height))
    longest = longest_side(width, height, policy)
    if longer > longest:
        return _scaled(width, longest, longer), _scaled(height, longest, longer)
    if shorter < policy.min_side and policy.small_pictures is SmallPictures.UPSCALE:
        return _scaled(width, policy.min_side, shorter), _scaled(height, policy.min_side, shorter)
    return width, height


def longest_side(width: int, height: int, policy: Policy) -> int:
    """Pixels: what is wanted, or what a long picture needs so that its shorter side is long enough."""
    shorter, longer = sorted((width, height))
    if policy.small_pictures is SmallPictures.PAD:
        return min(policy.max_side, policy.longest_side)
    needed = -(-longer * policy.min_side // shorter)
    return min(policy.max_side, max(policy.longest_side, needed))


def dct_scale(width: int, height: int, policy: Policy) -> int:
    """By how much a JPEG's sides may be divided while it is decoded: 1, 2, 4 or 8.

    The largest that does not go below what is wanted, or lands so close below it that no resampling is needed.
    """
    longest = longest_side(width, height, policy)
    if max(width, height) <= longest:
        return 1
    for scale in _DCT_SCALES:
        shorter, longer = sorted((-(-width // scale), -(-height // scale)))
        if longer * _LANDING[1] >= longest * _LANDING[0] and shorter >= min(policy.min_side, width, height):
            return scale
    return 1


def fit(image: Image.Image, policy: Policy) -> tuple[Image.Image, str | None]:
    size = fitting_size(image.width, image.height, policy)
    if size == image.size:
        return image, None
    return resize(image, size), f"{image.width}x{image.height} to {size[0]}x{size[1]}"


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Hamming for reductions: as sharp as bicubic there, with half its reach, so at half its cost (Pillow's handbook,
    "Filters comparison table"). ``reducing_gap`` takes most of a large reduction in whole steps.
    """
    if size[0] > image.width:
        return image.resize(size, Image.Resampling.BICUBIC)
    rows = image.height / size[1]
    parts = list(bands(round(image.width * rows), size[1]))
    if len(parts) == 1:
        return image.resize(size, _FILTER, reducing_gap=_GAP)
    result = Image.new(image.mode, size)
    for top, bottom in parts:
        source, first = _around(image, int((top - _REACH) * rows), int((bottom + _REACH) * rows) + 1)
        box = (0, top * rows - first, image.width, min(bottom * rows - first, source.height))
        result.paste(source.resize((size[0], bottom - top), _FILTER, box, reducing_gap=_GAP), (0, top))
    result.info = image.info.copy()
    return result


def _around(image: Image.Image, first: int, last: int) -> tuple[Image.Image, int]:
    """A picture with these rows at least, and the row it begins with.

    Pillow brings transparency into the colours before it resamples, and not only of the box: so the box is cut out,
    with the pixels that the filter looks at beyond its edges, so that no seam can be seen.
    """
    if image.mode not in {"LA", "RGBA"}:
        return image, 0
    first, last = max(0, first), min(image.height, last)
    return image.crop((0, first, image.width, last)), first


def _scaled(side: int, numerator: int, denominator: int) -> int:
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))
