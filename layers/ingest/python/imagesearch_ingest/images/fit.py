"""Scale an image so that both sides are within the limits, as cheaply as possible without visible loss."""

from PIL import Image

from imagesearch_ingest.images.bands import iterate_bands
from imagesearch_ingest.images.policy import Policy, SmallPictures

_DCT_SCALES = (8, 4, 2)  # by which libjpeg divides the sides at no cost, and which Pillow supports
_TOLERANCE = (7, 8)  # this share of the wanted longest side is good enough if it saves the resampling
_FILTER, _GAP = Image.Resampling.HAMMING, 1.0
_REACH = 4  # pixels of the result by which the filter may reach beyond a band's edge


def find_fitted_size(width: int, height: int, policy: Policy) -> tuple[int, int]:
    """Return the sides to scale to, in pixels; the proportions are kept as far as whole numbers allow.

    For sides that ``limits.check_size`` accepts, both results are within ``min_side..max_side``. The exact value of the
    shorter side is then at least ``min_side``, and rounding to the nearest never moves a value across a whole number.
    The shorter side may stay shorter only if small images are padded.
    """
    shorter, longer = sorted((width, height))
    longest = find_longest_side(width, height, policy)
    if longer > longest:
        return _scale_side(width, longest, longer), _scale_side(height, longest, longer)
    if shorter < policy.min_side and policy.small_pictures is SmallPictures.UPSCALE:
        return _scale_side(width, policy.min_side, shorter), _scale_side(height, policy.min_side, shorter)
    return width, height


def find_longest_side(width: int, height: int, policy: Policy) -> int:
    """Return the longest side to scale to. It is the wanted one, or more if the shorter side would become too short."""
    shorter, longer = sorted((width, height))
    if policy.small_pictures is SmallPictures.PAD:
        return min(policy.max_side, policy.longest_side)
    needed = -(-longer * policy.min_side // shorter)
    return min(policy.max_side, max(policy.longest_side, needed))


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
    """Scale the image to ``size``, in bands.

    The filter for reductions is Hamming: as sharp as bicubic at half its reach and cost (Pillow's handbook, "Filters
    comparison table"). ``reducing_gap`` does most of a large reduction in whole steps.
    """
    if size[0] > image.width:
        return image.resize(size, Image.Resampling.BICUBIC)
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


def _scale_side(side: int, numerator: int, denominator: int) -> int:
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))
