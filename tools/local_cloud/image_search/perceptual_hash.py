"""An 8x8 average hash: pictures that look alike differ in few of its 64 bits, whatever their size or format.

It stands for the service's own features, so that a search finds the picture that was added. The whole picture counts;
Region and Crop do not.
"""

from PIL import Image

SIDE = 8
BITS = SIDE * SIDE


def perceptual_hash(image: Image.Image) -> int:
    """One bit a cell: whether it is brighter than the average of all."""
    if "transparency" in image.info:
        # Straight to grey Pillow would drop a palette's transparency, and warn that it does.
        image = image.convert("RGBA")
    cells = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
    total = sum(cells)
    return sum((cell * BITS > total) << position for position, cell in enumerate(cells))


def similarity(one: int, other: int) -> float:
    """1 for the same hash, 0 for the opposite one."""
    return 1 - (one ^ other).bit_count() / BITS
