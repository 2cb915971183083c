"""TIFF: the memory it asks for beside its canvas, and the samples that Pillow hands out as they are stored.

Tags and their meaning: TIFF 6.0, section 8.
"""

from PIL import Image, ImageFile, TiffImagePlugin

from imagesearch_ingest.images.bands import by_bands
from imagesearch_ingest.images.limits import check_memory, check_pixels
from imagesearch_ingest.images.orient import UPRIGHT, name_of
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.reading.pillow import corrupt

_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH = 278, 322, 323
_WHITE_IS_ZERO, _PLANES = 0, 2


def stored_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """Pixels as stored: Pillow announces the size after the rotation it will do by itself."""
    tags = _tags(image)
    return tags[_WIDTH], tags[_LENGTH]


def check_layout(image: ImageFile.ImageFile, policy: Policy) -> None:
    """Raises ``TOO_MANY_PIXELS`` for a tile larger than any picture, ``CORRUPT_IMAGE`` for strips that are missing.

    libtiff takes memory for whole tiles, however small the picture; Pillow leaves what no strip covers black.
    """
    tile = _tags(image).get(_TILE_WIDTH), _tags(image).get(_TILE_LENGTH)
    if isinstance(tile[0], int) and isinstance(tile[1], int):
        check_pixels(tile[0], tile[1], policy)
    check_memory(*image.size, _memory(image), "TIFF")
    if not _is_covered(image):
        raise corrupt("TIFF", "some of its strips are missing")


def rotation_done_by_pillow(image: ImageFile.ImageFile) -> str | None:
    """The name of the rotation that loading will do. XMP is dropped first: displays ignore it, Pillow does not."""
    image.info.pop("xmp", None)
    return name_of(_tags(image).get(_ORIENTATION, UPRIGHT))


def full_range(image: Image.Image, opened: ImageFile.ImageFile) -> Image.Image:
    """Samples of 12 bits raised to 16, and white-is-zero turned round: Pillow does neither beyond 8 bits."""
    tags = _tags(opened)
    if image.mode.startswith("I;16") and tags.get(_BITS) == (12,):
        image = by_bands(image, lambda band: band.convert("I").point(lambda sample: sample * 16))
    if tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO + 1) != _WHITE_IS_ZERO:
        return image
    if image.mode.startswith("I;16"):
        return by_bands(image, lambda band: band.convert("I").point(lambda sample: sample * -1 + 65535))
    return image.point(lambda sample: sample * -1) if image.mode == "F" else image


def _memory(image: ImageFile.ImageFile) -> int:
    """Bytes: the picture, twice if it is turned, and libtiff's largest strip or tile beside it."""
    width, height = stored_size(image)
    rows = _tags(image).get(_ROWS_PER_STRIP, height)
    bits = _tags(image).get(_BITS, (8,))
    strip = width * min(height, rows if isinstance(rows, int) else height) * sum(bits) // 8
    return 4 * width * height * (1 if _tags(image).get(_ORIENTATION, UPRIGHT) == UPRIGHT else 2) + strip


def _is_covered(image: ImageFile.ImageFile) -> bool:
    if not image.tile or image.tile[0].codec_name == "libtiff":
        return True  # libtiff itself refuses what is missing
    width, height = stored_size(image)
    layers = len(image.getbands()) if _tags(image).get(284, 1) == _PLANES else 1
    covered = sum((t[1][2] - t[1][0]) * (t[1][3] - t[1][1]) for t in image.tile if t[1])
    return covered >= width * height * layers


def _tags(image: ImageFile.ImageFile) -> TiffImagePlugin.ImageFileDirectory_v2:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        raise TypeError("no TIFF")
    return image.tag_v2
