"""Check the item types of a HEIC before libheif's binding sees the file.

The binding decodes the types as text. A type that is not text ends the whole process.
"""

import re

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.policy import Policy

# An entry of the item list, of version 2 or 3: flags, number, protection, type (ISO/IEC 14496-12, section 8.11.6).
_ITEM = re.compile(rb"infe(?:\x02.{3}.{2}|\x03.{3}.{4}).{2}(.{4})", re.DOTALL)
_HEADER, _LONG_HEADER = 8, 16  # bytes of a box's size and type


def check_items(data: bytes, _: Policy) -> Inspection:
    """Return the file unchanged. Raise ``CORRUPT_IMAGE``.

    Further images do not count as animation: they are bursts, depth maps and gain maps.
    """
    for item in _ITEM.finditer(_find_meta(data)):
        if not item[1].isascii():
            raise corrupt("HEIC", "the type of one of its items is not text")
    return Inspection(data, is_animated=False)


def _find_meta(data: bytes) -> bytes:
    """Return the box that lists the items. Elsewhere, pixels could look like an item."""
    at = 0
    while at + _HEADER <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + _HEADER : at + _LONG_HEADER], "big")
        end = at + size if size else len(data)
        if data[at + 4 : at + _HEADER] == b"meta":
            return data[at:end]
        if size and size < _HEADER:
            break
        at = end
    return b""
