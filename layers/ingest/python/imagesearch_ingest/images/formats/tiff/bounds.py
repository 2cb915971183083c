"""Check the size of TIFF's directories before Pillow reads them.

Pillow takes memory for each entry, and entries may share their bytes: a directory of a few kilobytes can announce
gigabytes. The values of an honest file fit beside each other in the file.
"""

from collections.abc import Iterator

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.directory import Entry, Header, read_entries, read_header
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.images.policy import Policy

_EXIF, _GPS, _INTEROPERABILITY = 34665, 34853, 40965
_READ_AT_ONCE = {_EXIF, _GPS, _INTEROPERABILITY}  # Pillow follows these whenever it loads an image
_SHARED_BYTES = 16 * 1024 * 1024  # tolerated: directories are often broken although the image is good
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324


def check_directories(data: bytes, _: Policy) -> Inspection:
    """Return the file unchanged. Raise ``CORRUPT_IMAGE`` if its entries announce more than the file holds."""
    header = read_header(data)
    if header is None:
        raise corrupt("TIFF", "its header is broken")
    announced = 0
    for number, entry in enumerate(_read_all(data, header), 1):
        check_parts(number, "TIFF")
        announced += min(entry.size, len(data))
    if announced > len(data) + _SHARED_BYTES:
        raise corrupt("TIFF", "its entries announce more than the file holds")
    return Inspection(data)


def _read_all(data: bytes, header: Header) -> Iterator[Entry]:
    """Read the first directory, then each directory that Pillow follows from it."""
    followed: set[int] = set()
    for entry in read_entries(data, header, header.first):
        if entry.tag in {_STRIP_OFFSETS, _TILE_OFFSETS}:
            check_parts(entry.length, "TIFF")
        if entry.tag in _READ_AT_ONCE:
            followed.add(entry.value)
        yield entry
    for at in sorted(followed):
        yield from read_entries(data, header, at)
