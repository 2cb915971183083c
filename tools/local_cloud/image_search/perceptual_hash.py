"""Compare pictures by an 8x8 average hash: similar pictures differ in few of its 64 bits, at any size or format.

It replaces the service's own features, so that a search finds the picture that was added. It covers the whole picture
and ignores Region and Crop.
"""

from PIL import Image

SIDE = 8
BITS = SIDE * SIDE


def perceptual_hash(image: Image.Image) -> int:
    """Return 64 bits, one for each cell: whether the cell is brighter than the average."""
    if "transparency" in image.info:
        # Converting to grey directly, Pillow drops a palette's transparency with a warning.
        image = image.convert("RGBA")
    cells = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
    total = sum(cells)
    return sum((cell * BITS > total) << position for position, cell in enumerate(cells))


def similarity(one: int, other: int) -> float:
    """Return 1 for equal hashes down to 0 for hashes that differ in every bit."""
    return 1 - (one ^ other).bit_count() / BITS
