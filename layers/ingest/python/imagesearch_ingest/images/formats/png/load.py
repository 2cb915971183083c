"""Decode a PNG, and correct what Pillow leaves wrong.

Pillow reads a colour key in the wrong unit for some depths, and does not notice missing rows.
"""

import zlib

from PIL import Image, ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.png.chunks import GREY, RGB
from imagesearch_ingest.images.formats.png.icc import read_profile
from imagesearch_ingest.images.formats.png.rows import ANY_WINDOW, are_rows_complete
from imagesearch_ingest.images.policy import Policy

_SCALED_BY_PILLOW = {2, 4, 8}  # bits of grey: Pillow scales the pixels to 8 bits, but not the colour key


def load(opened: ImageFile.ImageFile, data: bytes, _policy: Policy) -> Decoded:
    """Decode the default image, with its profile, and with its colour key in the unit of Pillow's pixels.

    Raise ``CORRUPT_IMAGE``.
    """
    opened.load()
    _check_rows(opened, data)
    if profile := read_profile(data):
        opened.info["icc_profile"] = profile
    key = opened.info.get("transparency")
    depth, colour_type = data[24], data[25]
    highest = 2**depth - 1
    if colour_type == RGB and isinstance(key, tuple):
        opened.info["transparency"] = tuple((level & highest) * 255 // highest for level in key)
    elif colour_type == GREY and isinstance(key, int) and depth in _SCALED_BY_PILLOW:
        opened.info["transparency"] = (key & highest) * 255 // highest
    return describe(opened, opened)


def _check_rows(image: Image.Image, data: bytes) -> None:
    """Raise ``CORRUPT_IMAGE`` if the pixel data ends before the last row, which Pillow then leaves black or
    transparent.

    Only an image whose last row is black or transparent is checked: the check takes half as long as decoding.
    """
    last = image.crop((0, image.height - 1, *image.size))
    if not any(last.tobytes()) and not _are_all_rows_there(data):
        raise corrupt("PNG", "its last rows are missing")


def _are_all_rows_there(data: bytes) -> bool:
    try:
        return are_rows_complete(data, ANY_WINDOW)
    except (ValueError, zlib.error):
        return False
