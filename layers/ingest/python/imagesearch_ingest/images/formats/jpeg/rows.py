"""Check that a JPEG's last rows are there.

A file whose pixel data stops early, but that still has its end marker, decodes without an error: libjpeg paints the
missing rows mid-grey.
"""

import re

from PIL import Image

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.segments import find_end_of_image
from imagesearch_ingest.images.pillow import Plugin, open_header

# A class of its own instead of Pillow's factory, which turns some JPEGs into MPO: the first image is the right one.
PLUGIN = Plugin("imagesearch_ingest.images.formats.jpeg.plugin", "Jpeg")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
# Varied, without 0xFF, and long enough for several blocks however long their codes are.
_FILL = bytes(n * 89 % 255 for n in range(2048))
_MID_GREY = {127, 128}


def check_rows(image: Image.Image, data: bytes) -> None:
    """Raise ``CORRUPT_IMAGE`` if the last rows are libjpeg's filling instead of the image's pixels.

    The filling is mid-grey, so only an image that ends in mid-grey is checked. It is decoded twice more at an eighth of
    its size: as it is, and with spare pixel data before the end marker. A complete image looks the same both times; an
    incomplete one takes up the spare data.
    """
    if not _ends_in_mid_grey(image):
        return
    end, _ = find_end_of_image(data)
    if end is not None and _decode_small(data) != _decode_small(data[:end] + _build_spare(data[:end]) + data[end:]):
        raise corrupt("JPEG", "its last rows are missing")


def _ends_in_mid_grey(image: Image.Image) -> bool:
    last = image.getpixel((image.width - 1, image.height - 1))
    bands = last if isinstance(last, tuple) else (last,)
    return all(level in _MID_GREY for level in bands)


def _build_spare(before: bytes) -> bytes:
    """Return pixel data, then eight times a restart marker and more data, continuing the file's restart numbers."""
    last = max((found.start() for found in _RESTART.finditer(before)), default=None)
    following = 0 if last is None else before[last + 1] - 0xD0 + 1
    return _FILL + b"".join(bytes((0xFF, 0xD0 + (following + n) % 8)) + _FILL for n in range(8))


def _decode_small(data: bytes) -> bytes:
    image = open_header(data, PLUGIN)
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    return image.tobytes()
