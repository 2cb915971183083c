"""Check the item types of a HEIC before libheif's binding sees the file.

The binding decodes the types as text. A type that is not text ends the whole process.
"""

import re

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.heif.boxes import find_meta

# An entry of the item list, of version 2 or 3: flags, number, protection, type (ISO/IEC 14496-12, section 8.11.6).
_ITEM = re.compile(rb"infe(?:\x02.{3}.{2}|\x03.{3}.{4}).{2}(.{4})", re.DOTALL)


def check_items(data: bytes) -> None:
    """Raise ``CORRUPT_IMAGE`` for a type that is not text."""
    meta = find_meta(data)
    start, end = (meta.start, meta.end) if meta else (0, len(data))  # elsewhere, pixels could look like an item
    for item in _ITEM.finditer(data, start, end):
        if not item[1].isascii():
            raise corrupt("HEIC", "the type of one of its items is not text")
