"""TIFF: the memory it asks for beside its canvas, and the samples that Pillow hands out as they are stored.

Tags and their meaning: TIFF 6.0, section 8.
"""

from collections.abc import Sequence

from PIL import Image, ImageFile, TiffImagePlugin

from imagesearch_ingest.images.bands import by_bands
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.limits import check_memory, check_pixels
from imagesearch_ingest.images.orient import UPRIGHT, name_of
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH = 278, 322, 323
_COMPRESSION, _LAYOUT, _COLOURS, _SAMPLE_FORMAT = 259, 284, 320, 339
_WHITE_IS_ZERO, _PLANES, _WEBP, _UNSIGNED = 0, 2, 50001, 1
_BYTE, _WHITE_OF_BYTES = 8, 255


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
    _check_kind(image)
    check_memory(*image.size, _memory(image), "TIFF")
    if not _is_covered(image):
        raise corrupt("TIFF", "some of its strips are missing")


def rotation_done_by_pillow(image: ImageFile.ImageFile) -> str | None:
    """The name of the rotation that loading will do. XMP is dropped first: displays ignore it, Pillow does not."""
    image.info.pop("xmp", None)
    return name_of(_tags(image).get(_ORIENTATION, UPRIGHT))


def full_range(image: Image.Image, opened: ImageFile.ImageFile) -> Image.Image:
    """Samples of 12 bits raised to 16, white-is-zero turned round, 32 bits taken as unsigned, and a palette that was
    written with bytes by mistake read as such, as libtiff does: Pillow does none of it.
    """
    tags = _tags(opened)
    if image.mode == "P" and 0 < max(tags.get(_COLOURS, (0,))) <= _WHITE_OF_BYTES:
        levels = tags[_COLOURS]
        image.putpalette(bytes(levels[at + band] for at in range(len(levels) // 3) for band in _bands(levels)))
    if image.mode == "I" and tags.get(_SAMPLE_FORMAT, (1,))[0] == _UNSIGNED and _lowest(image) < 0:
        image = by_bands(image, lambda band: Image.frombytes("F", band.size, band.tobytes(), "raw", "F;32N"))
    if image.mode.startswith("I;16") and tags.get(_BITS) == (12,):
        image = by_bands(image, lambda band: band.convert("I").point(lambda sample: sample * 16))
    if tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO + 1) != _WHITE_IS_ZERO:
        return image
    if image.mode.startswith("I;16"):
        return by_bands(image, lambda band: band.convert("I").point(lambda sample: sample * -1 + 65535))
    return image.point(lambda sample: sample * -1) if image.mode == "F" else image


def _bands(levels: Sequence[int]) -> tuple[int, int, int]:
    """Where red, green and blue begin in a palette of 16 bits a level."""
    return 0, len(levels) // 3, 2 * len(levels) // 3


def _lowest(image: Image.Image) -> float:
    low, _ = image.getextrema()
    return low if isinstance(low, int | float) else 0


def _check_kind(image: ImageFile.ImageFile) -> None:
    """Raises ``UNSUPPORTED_FORMAT`` for what Pillow would read wrongly, or not at all, and not say so."""
    tags = _tags(image)
    raw = bool(image.tile) and image.tile[0].codec_name == "raw"
    if tags.get(_LAYOUT) == _PLANES and max(tags.get(_BITS, (8,))) > _BYTE and raw:
        raise IngestError(Reason.UNSUPPORTED_FORMAT, "a TIFF of uncompressed planes of more than 8 bits")
    if tags.get(_COMPRESSION) == _WEBP:
        raise IngestError(Reason.UNSUPPORTED_FORMAT, "a TIFF compressed as WebP")


def _memory(image: ImageFile.ImageFile) -> int:
    """Bytes: the picture, twice if it is turned, and libtiff's largest strip or tile beside it."""
    width, height = stored_size(image)
    tags = _tags(image)
    across, down = tags.get(_TILE_WIDTH, width), tags.get(_TILE_LENGTH, tags.get(_ROWS_PER_STRIP, height))
    rows = min(height, down) if isinstance(down, int) else height
    strip = (across if isinstance(across, int) else width) * rows * sum(tags.get(_BITS, (8,))) // 8
    return 4 * width * height * (1 if _tags(image).get(_ORIENTATION, UPRIGHT) == UPRIGHT else 2) + strip


def _is_covered(image: ImageFile.ImageFile) -> bool:
    if not image.tile or image.tile[0].codec_name == "libtiff":
        return True  # libtiff itself refuses what is missing
    width, height = stored_size(image)
    layers = len(image.getbands()) if _tags(image).get(_LAYOUT, 1) == _PLANES else 1
    covered = sum((t[1][2] - t[1][0]) * (t[1][3] - t[1][1]) for t in image.tile if t[1])
    return covered >= width * height * layers


def _tags(image: ImageFile.ImageFile) -> TiffImagePlugin.ImageFileDirectory_v2:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        raise TypeError("no TIFF")
    return image.tag_v2
