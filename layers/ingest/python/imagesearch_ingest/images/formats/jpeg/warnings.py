"""Hear libjpeg's warnings through libvips: in an image of several scans they say which data is missing or left over.

Pillow suppresses them. The image is decoded only for its warnings, or they come with its pixels.
"""

import re

from PIL import Image

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.holes import build_hole, find_runs, may_be_lost
from imagesearch_ingest.images.formats.jpeg.structure import Structure
from imagesearch_ingest.images.vips import get_vips, render

_TOO_SHORT = "premature end of data segment"
_LEFT_OVER = re.compile(r"([0-9]+) extraneous bytes before marker")
_LARGE = 64  # pixels; libvips scales no smaller ones
_FEW = 32  # bytes that an encoder may leave between two scans


class WarningGivenError(Exception):
    """The decoder gave a warning; it is the exception's text."""


def decode_small_strictly(structure: Structure) -> Image.Image:
    """Decode a normalised file at an eighth of its size. Raise ``WarningGivenError`` at the first warning."""
    is_large = min(structure.frame.width, structure.frame.height) >= _LARGE
    return decode_strictly(structure.data, 8 if is_large else 1)


def decode_strictly(data: bytes, scale: int) -> Image.Image:
    """Decode to grey, RGB or CMYK at a fraction of the size. Raise ``WarningGivenError`` at the first warning."""
    vips = get_vips()
    try:
        image = vips.Image.jpegload_buffer(data, shrink=scale, access="sequential", fail_on="warning")
        return render(image)
    except vips.Error as error:
        raise WarningGivenError(str(error)) from error


def check_scan_data(structure: Structure, warning: str) -> None:
    """Raise ``CORRUPT_IMAGE`` if the warning means that pixels are missing."""
    if _TOO_SHORT in warning:
        raise corrupt("JPEG", "the pixel data of a scan ends early")
    left_over = _LEFT_OVER.search(warning)
    are_many = left_over is None or int(left_over[1]) >= _FEW
    if are_many and any(may_be_lost(scan, run) for scan in structure.scans for run in find_runs(structure, scan)):
        raise build_hole()
