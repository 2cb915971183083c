"""Read the orientation in an EXIF block, which is a TIFF directory (EXIF 2.32, tag 0x0112)."""

from imagesearch_ingest.images.formats.directory import SHORT, read_entries, read_header
from imagesearch_ingest.images.orient import UPRIGHT, is_orientation

_ORIENTATION = 0x0112
_IDENTIFIER = b"Exif\0\0"


def read_orientation(exif: bytes | None) -> int:
    """Return the orientation, 1 to 8. It is 1 if the EXIF block is missing or unreadable.

    Only this entry of the first directory is read: other entries can announce gigabytes. XMP does not count, since
    displays ignore its orientation.
    """
    block = (exif or b"").removeprefix(_IDENTIFIER)
    header = read_header(block)
    if header is None or header.is_big:
        return UPRIGHT
    for entry in read_entries(block, header, header.first):
        if entry.tag == _ORIENTATION:
            value = int.from_bytes(block[entry.field : entry.field + 2], header.order)
            return value if entry.kind == SHORT and is_orientation(value) else UPRIGHT
    return UPRIGHT
