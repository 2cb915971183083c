"""HEIC: what has to be known before libheif's binding sees the file.

The binding decodes the types of a file's items as text, and dies of one that is none: the whole process with it.
"""

import re

from imagesearch_ingest.images.faults import corrupt

# An entry of the items' list, of version 2 or 3: flags, number, protection, type (ISO/IEC 14496-12, section 8.11.6).
_ITEM = re.compile(rb"infe(?:\x02.{3}.{2}|\x03.{3}.{4}).{2}(.{4})", re.DOTALL)
_HEADER, _LONG_HEADER = 8, 16  # bytes of a box's size and type


def check_items(data: bytes) -> bytes:
    """The same bytes. Raises ``CORRUPT_IMAGE``."""
    for item in _ITEM.finditer(_meta(data)):
        if not item[1].isascii():
            raise corrupt("HEIC", "the type of one of its items is no text")
    return data


def _meta(data: bytes) -> bytes:
    """The box that lists the items: pixels elsewhere may look like anything."""
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
