"""Notice images that show nothing: one colour, perhaps with the noise of a camera, of JPEG or of dithering (ADR 36).

The rule judges the image that is sent, in levels from 0 to 255 of red, green and blue:

- Averages of its squares of 16x16 pixels differ by at most 3 levels.
- No two pixels differ by more than 10 levels; or by more than 24, if the whole image is evenly noisy.
"""

from PIL import Image, ImageChops

_SQUARE = 16  # pixels
_MAX_CONTRAST_OF_SQUARES = 3
_MAX_CONTRAST, MAX_CONTRAST_OF_NOISE = 10, 24
# The contrast of normally distributed noise in millions of pixels is 14 times its mean deviation.
_CONTRAST_PER_DEVIATION = 16
_PROBES = 64  # pixels across and down


def find_only_colour(image: Image.Image) -> str | None:
    """Return the average colour of an opaque image that shows nothing, as #rrggbb; ``None`` if it shows something."""
    if has_contrast(image):
        return None
    image = image.convert("RGB")
    if not _is_flat(image):
        return None
    return f"#{image.resize((1, 1), Image.Resampling.BOX).tobytes().hex()}"


def _is_flat(image: Image.Image) -> bool:
    contrast = find_contrast(image)
    if contrast > MAX_CONTRAST_OF_NOISE:
        return False
    across, down = max(1, image.width // _SQUARE), max(1, image.height // _SQUARE)
    squares = image.resize((across, down), Image.Resampling.BOX)
    if find_contrast(squares) > _MAX_CONTRAST_OF_SQUARES:
        return False
    return contrast <= _MAX_CONTRAST or contrast <= _CONTRAST_PER_DEVIATION * _find_usual_deviation(image, squares)


def has_contrast(image: Image.Image) -> bool:
    """Return whether a few probes already prove that the opaque image shows something. They settle most images."""
    return find_contrast(probe(image).convert("RGB")) > MAX_CONTRAST_OF_NOISE


def probe(image: Image.Image) -> Image.Image:
    """Return an image of single pixels of the image, which takes a tenth of a millisecond."""
    size = min(image.width, _PROBES), min(image.height, _PROBES)
    return image.resize(size, Image.Resampling.NEAREST)


def find_contrast(image: Image.Image) -> int:
    """Return the largest difference between two pixels, in levels, in the channel where it is largest."""
    extrema = image.getextrema()
    pairs = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return max(int(highest) - int(lowest) for lowest, highest in pairs)


def _find_usual_deviation(image: Image.Image, squares: Image.Image) -> int:
    """Return the median of the squares' mean deviations, in levels, in the channel where it is largest."""
    averages = squares.resize(image.size, Image.Resampling.NEAREST)
    deviations = ImageChops.difference(image, averages).resize(squares.size, Image.Resampling.BOX)
    return max(_find_median(channel.histogram()) for channel in deviations.split())


def _find_median(counts: list[int]) -> int:
    reached, half = 0, sum(counts) / 2
    for level, count in enumerate(counts):
        reached += count
        if reached >= half:
            return level
    return 0
