"""Pad a small image with its ground until its sides are long enough for the service."""

from PIL import Image

from imagesearch_ingest.images.policy import Colour, Policy


def find_padded_size(width: int, height: int, policy: Policy) -> tuple[int, int]:
    """Return the sides after padding, in pixels."""
    return max(width, policy.min_side), max(height, policy.min_side)


def pad(image: Image.Image, ground: Colour, policy: Policy) -> tuple[Image.Image, tuple[int, int], str | None]:
    """Return the image in the middle of the padding, the position of its upper left corner in pixels, and a note."""
    size = find_padded_size(image.width, image.height, policy)
    if size == image.size:
        return image, (0, 0), None
    corner = (size[0] - image.width) // 2, (size[1] - image.height) // 2
    padded = Image.new("RGB", size, ground)
    padded.paste(image.convert("RGB"), corner)
    return padded, corner, f"padded to {size[0]}x{size[1]}"
