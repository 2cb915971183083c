"""Walk along a JPEG's markers, and bound the work that they announce (ITU-T T.81, annex B).

A few bytes can announce hundreds of scans, each of which costs a pass over the whole image.
"""

import re

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.policy import Policy

_MAX_SCANS = 100  # the longest progressive scripts of known encoders have a few dozen
MAX_SEGMENTS = 10_000  # the largest allowed file, in the longest segments, has a thousand
_MAX_PASSES = 1_500_000_000  # pixels times scans: 64 megapixels with 23 scans
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = {0x01, 0xD8}
# Inside pixel data 0xFF00 is a stuffed byte and 0xFFD0 to 0xFFD7 are restarts: anything else is a marker. Each search
# for a regular expression that begins with one fixed byte runs at the speed of memory.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def check_segments(data: bytes, _: Policy) -> Inspection:
    """Return the file unchanged. Raise ``CORRUPT_IMAGE`` for more scans or segments than any encoder writes."""
    find_end_of_image(data)
    return Inspection(data)


def check_passes(width: int, height: int, scans: int) -> None:
    """Raise ``CORRUPT_IMAGE`` for too many scans: each is a pass over all pixels, however few bytes it has."""
    if scans > _MAX_SCANS or width * height * scans > _MAX_PASSES:
        raise corrupt("JPEG", f"it has {scans} scans, more than any encoder writes for its {width}x{height} pixels")


def find_end_of_pixel_data(data: bytes, at: int) -> int:
    """Return the offset of the first marker after ``at``. Raise ``ValueError`` if there is none."""
    found = _MARKER.search(data, at)
    if found is None:
        raise ValueError("no marker ends the pixel data")
    return found.start()


def find_end_of_image(data: bytes) -> tuple[int | None, int]:
    """Return the offset of the end marker, ``None`` if there is none, and the number of scans before it."""
    at = scans = 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return None, scans
        code, at = found[0][1], found.end()
        if code == END_OF_IMAGE:
            return found.start(), scans
        if code in _WITHOUT_LENGTH:
            continue
        scans += code == START_OF_SCAN
        if scans > _MAX_SCANS:
            raise corrupt("JPEG", f"it has more than {_MAX_SCANS} scans, more than any encoder writes")
        at += int.from_bytes(data[at : at + 2], "big")
    raise corrupt("JPEG", f"it has more than {MAX_SEGMENTS} segments, more than any encoder writes")
