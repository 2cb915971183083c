"""TIFF's directories, before Pillow reads them: it takes memory for each entry, and entries may share their bytes.

A directory of a few kilobytes can thus announce gigabytes. Entries that say the truth fit beside each other in the
file. Layout: TIFF 6.0, section 2; BigTIFF as libtiff reads it.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.limits import check_parts

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_EXIF, _GPS, _INTEROPERABILITY = 34665, 34853, 40965
_READ_AT_ONCE = {_EXIF, _GPS, _INTEROPERABILITY}  # Pillow follows these whenever it loads a picture
_SHARED_BYTES = 16 * 1024 * 1024  # tolerated: directories are often broken, and the picture is good
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324


class _Entry(NamedTuple):
    tag: int
    length: int  # in values
    size: int  # bytes of all its values
    value: int  # the value, or where the values are


def check_directories(data: bytes) -> bytes:
    """The same bytes. Raises ``CORRUPT_IMAGE`` when the entries announce more than the whole file holds."""
    wide = data[2:4] in {b"+\0", b"\0+"}
    first = int.from_bytes(data[8:16] if wide else data[4:8], _order(data))
    entries = list(_entries(data, first, wide=wide))
    for entry in entries:
        if entry.tag in {_STRIP_OFFSETS, _TILE_OFFSETS}:
            check_parts(entry.length, "TIFF")
    for directory in [entry.value for entry in entries if entry.tag in _READ_AT_ONCE]:
        entries += _entries(data, directory, wide=wide)
    if sum(min(entry.size, len(data)) for entry in entries) > len(data) + _SHARED_BYTES:
        raise corrupt("TIFF", "its entries announce more than the file holds")
    return data


def _order(data: bytes) -> Literal["little", "big"]:
    return "little" if data[:2] == b"II" else "big"


def _entries(data: bytes, at: int, *, wide: bool) -> Iterator[_Entry]:
    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], _order(data))

    counter, step, word = (8, 20, 8) if wide else (2, 12, 4)
    announced = min(number(at, counter), (len(data) - at) // step)
    check_parts(announced, "TIFF")
    for start in range(at + counter, at + counter + announced * step, step):
        length = number(start + 4, word)
        size = _SIZES.get(number(start + 2, 2), 0) * length
        yield _Entry(number(start, 2), length, size, number(start + 4 + word, word))
