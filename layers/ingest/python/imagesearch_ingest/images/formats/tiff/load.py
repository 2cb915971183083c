"""Decode a TIFF: bound its memory, and correct the samples that Pillow leaves as they are stored.

Tags and their meaning: TIFF 6.0, section 8.
"""

from collections.abc import Sequence

from PIL import Image, ImageFile, TiffImagePlugin

from imagesearch_ingest.images.bands import apply_in_bands
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded
from imagesearch_ingest.images.formats.tiff.libtiff import silence_libtiff
from imagesearch_ingest.images.limits import check_memory, check_pixels
from imagesearch_ingest.images.orient import UPRIGHT, name_turn
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH = 278, 322, 323
_COMPRESSION, _LAYOUT, _COLOURS, _SAMPLE_FORMAT = 259, 284, 320, 339
_WHITE_IS_ZERO, _PLANES, _WEBP, _UNSIGNED = 0, 2, 50001, 1
_BYTE, _WHITE_OF_BYTES = 8, 255


def load(opened: ImageFile.ImageFile, _data: bytes, policy: Policy) -> Decoded:
    """Decode the first page. Pillow turns it upright, and announces the size after that.

    Raise ``TOO_MANY_PIXELS``, ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    silence_libtiff()
    stored, displayed = _get_stored_size(opened), opened.size
    _check_layout(opened, policy)
    opened.info.pop("xmp", None)  # Pillow would follow its orientation; displays ignore it
    turn = name_turn(_get_tags(opened).get(_ORIENTATION, UPRIGHT))
    opened.load()
    return Decoded(_correct_samples(opened), stored, displayed, UPRIGHT, (turn,) if turn else ())


def _get_stored_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    tags = _get_tags(image)
    return tags[_WIDTH], tags[_LENGTH]


def _check_layout(image: ImageFile.ImageFile, policy: Policy) -> None:
    """Raise ``TOO_MANY_PIXELS`` for a tile larger than any image, ``CORRUPT_IMAGE`` for missing strips.

    libtiff takes memory for whole tiles, however small the image. Pillow leaves pixels black if their strip is missing.
    """
    tile = _get_tags(image).get(_TILE_WIDTH), _get_tags(image).get(_TILE_LENGTH)
    if isinstance(tile[0], int) and isinstance(tile[1], int):
        check_pixels(tile[0], tile[1], policy)
    _check_kind(image)
    check_memory(*image.size, _estimate_memory(image), "TIFF")
    if not _is_covered(image):
        raise corrupt("TIFF", "some of its strips are missing")


def _correct_samples(opened: ImageFile.ImageFile) -> Image.Image:
    """Do what Pillow leaves undone.

    Scale samples of 12 bits to 16, invert white-is-zero, and read 32 bits as unsigned. Accept a palette whose levels
    were written as bytes by mistake, as libtiff does.
    """
    image: Image.Image = opened
    tags = _get_tags(opened)
    if image.mode == "P" and 0 < max(tags.get(_COLOURS, (0,))) <= _WHITE_OF_BYTES:
        levels = tags[_COLOURS]
        image.putpalette(bytes(levels[at + band] for at in range(len(levels) // 3) for band in _find_bands(levels)))
    if image.mode == "I" and tags.get(_SAMPLE_FORMAT, (1,))[0] == _UNSIGNED and _find_lowest(image) < 0:
        image = apply_in_bands(image, lambda band: Image.frombytes("F", band.size, band.tobytes(), "raw", "F;32N"))
    if image.mode.startswith("I;16") and tags.get(_BITS) == (12,):
        image = apply_in_bands(image, lambda band: band.convert("I").point(lambda sample: sample * 16))
    if tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO + 1) != _WHITE_IS_ZERO:
        return image
    if image.mode.startswith("I;16"):
        return apply_in_bands(image, lambda band: band.convert("I").point(lambda sample: sample * -1 + 65535))
    return image.point(lambda sample: sample * -1) if image.mode == "F" else image


def _find_bands(levels: Sequence[int]) -> tuple[int, int, int]:
    """Return where red, green and blue begin in a palette of 16 bits per level."""
    return 0, len(levels) // 3, 2 * len(levels) // 3


def _find_lowest(image: Image.Image) -> float:
    low, _ = image.getextrema()
    return low if isinstance(low, int | float) else 0


def _check_kind(image: ImageFile.ImageFile) -> None:
    """Raise ``UNSUPPORTED_FORMAT`` for the kinds of TIFF that Pillow silently misreads."""
    tags = _get_tags(image)
    raw = bool(image.tile) and image.tile[0].codec_name == "raw"
    if tags.get(_LAYOUT) == _PLANES and max(tags.get(_BITS, (8,))) > _BYTE and raw:
        raise IngestError(
            Reason.UNSUPPORTED_FORMAT,
            "a TIFF with uncompressed planes of more than 8 bits cannot be read; save it in another way",
        )
    if tags.get(_COMPRESSION) == _WEBP:
        raise IngestError(Reason.UNSUPPORTED_FORMAT, "a TIFF compressed as WebP cannot be read; save it in another way")


def _estimate_memory(image: ImageFile.ImageFile) -> int:
    """Return bytes: the image, twice if it is turned, and libtiff's largest strip or tile."""
    width, height = _get_stored_size(image)
    tags = _get_tags(image)
    across, down = tags.get(_TILE_WIDTH, width), tags.get(_TILE_LENGTH, tags.get(_ROWS_PER_STRIP, height))
    rows = min(height, down) if isinstance(down, int) else height
    strip = (across if isinstance(across, int) else width) * rows * sum(tags.get(_BITS, (8,))) // 8
    return 4 * width * height * (1 if _get_tags(image).get(_ORIENTATION, UPRIGHT) == UPRIGHT else 2) + strip


def _is_covered(image: ImageFile.ImageFile) -> bool:
    if not image.tile or image.tile[0].codec_name == "libtiff":
        return True  # libtiff refuses a file with missing pieces
    width, height = _get_stored_size(image)
    layers = len(image.getbands()) if _get_tags(image).get(_LAYOUT, 1) == _PLANES else 1
    covered = sum((t[1][2] - t[1][0]) * (t[1][3] - t[1][1]) for t in image.tile if t[1])
    return covered >= width * height * layers


def _get_tags(image: ImageFile.ImageFile) -> TiffImagePlugin.ImageFileDirectory_v2:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        raise TypeError("not a TIFF")
    return image.tag_v2
