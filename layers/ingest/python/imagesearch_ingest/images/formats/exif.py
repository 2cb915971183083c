"""Read the orientation in an EXIF block, which is a TIFF directory (EXIF 2.32, tag 0x0112)."""

from imagesearch_ingest.images.formats.directory import VALUE_BYTES, read_entries, read_header
from imagesearch_ingest.images.orient import UPRIGHT, is_orientation

_ORIENTATION = 0x0112
_IDENTIFIER = b"Exif\0\0"
_WHOLE_NUMBERS = {1, 3, 4, 6, 8, 9}  # types: one, two and four bytes, without and with a sign


def read_orientation(exif: bytes | None) -> int:
    """Return the orientation, 1 to 8. It is 1 if the EXIF block is missing or unreadable.

    It should be a SHORT, but some cameras and programs write another whole number, which ExifTool takes as well. Only
    this entry of the first directory is read: other entries can announce gigabytes. XMP does not count, since
    displays ignore its orientation.
    """
    block = (exif or b"").removeprefix(_IDENTIFIER)
    header = read_header(block)
    if header is None or header.is_big:
        return UPRIGHT
    for entry in read_entries(block, header, header.first):
        if entry.tag == _ORIENTATION:
            width = VALUE_BYTES[entry.kind] if entry.kind in _WHOLE_NUMBERS else 0
            value = int.from_bytes(block[entry.field : entry.field + width], header.order)
            return value if is_orientation(value) else UPRIGHT
    return UPRIGHT
