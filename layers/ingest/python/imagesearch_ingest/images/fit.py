"""Scale down, never up, until the longer side is within the limit."""

from PIL import Image

from imagesearch_ingest.images.policy import Policy


def fitting_size(width: int, height: int, policy: Policy) -> tuple[int, int]:
    """Pixels, the proportions kept as well as whole numbers allow.

    Given sides that ``check_sides`` accepts, both results are within ``min_side..max_side``: the shorter side's exact
    value is at least ``min_side`` then, and rounding to the nearest cannot take a value across a whole number.
    """
    longer = max(width, height)
    if longer <= policy.max_side:
        return width, height
    return _scaled(width, policy.max_side, longer), _scaled(height, policy.max_side, longer)


def fit(image: Image.Image, policy: Policy) -> tuple[Image.Image, str | None]:
    size = fitting_size(image.width, image.height, policy)
    if size == image.size:
        return image, None
    note = f"{image.width}x{image.height} to {size[0]}x{size[1]}"
    return shrink(image, size), note


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """``reducing_gap`` takes most of a large reduction in cheap whole steps, with no difference to be seen."""
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _scaled(side: int, numerator: int, denominator: int) -> int:
    return (2 * side * numerator + denominator) // (2 * denominator)
