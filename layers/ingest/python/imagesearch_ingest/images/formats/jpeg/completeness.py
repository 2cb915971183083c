"""Prove from a JPEG's pixel data that every block of pixels is there (ADR 33).

libjpeg never fails for lack of data: it paints what is missing, and zeros decode into flat colour. All functions take
a normalised file (``normalise``).
"""

import re
from collections.abc import Iterable

from PIL import Image

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.holes import check_holes
from imagesearch_ingest.images.formats.jpeg.structure import RESTART_INTERVAL, Structure
from imagesearch_ingest.images.formats.jpeg.trial import decode_fully, decode_small
from imagesearch_ingest.images.formats.jpeg.warnings import (
    WarningGivenError,
    check_scan_data,
    decode_small_strictly,
)

_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
# Varied, without 0xFF, and long enough for several blocks however long their codes are. It begins with one bits, since
# libjpeg fills up with zero bits.
_FILL = bytes((n * 89 + 254) % 255 for n in range(2048))
_MID_GREY = {127, 128}  # libjpeg's filling
_MOST_ROWS = 65_500  # that libjpeg decodes
_FULLY_COMPARED = 20_000_000  # pixels; larger images are compared at an eighth of their size


def check_whole(structure: Structure) -> Image.Image | None:
    """Return the image at about an eighth of its size; ``None`` for spare bytes, or damage in between.

    Raise ``CORRUPT_IMAGE`` if pixels are missing.
    """
    if structure.decodes_at_once:
        is_clean = check_holes(structure)
        image = _check_end(structure)
        return image if is_clean else None
    try:
        return decode_small_strictly(structure)
    except WarningGivenError as error:
        check_scan_data(structure, str(error))
        return None


def is_filling(pixel: Iterable[float | None]) -> bool:
    """Return whether the pixel has the colour of libjpeg's filling."""
    return all(level in _MID_GREY for level in pixel)


def ends_in_filling(image: Image.Image) -> bool:
    """Return whether the last pixel may be libjpeg's filling: it has its colour."""
    return _is_mid_grey(image, image.width - 1, image.height - 1)


def _check_end(structure: Structure) -> Image.Image:
    """Return the image at an eighth of its size. Raise ``CORRUPT_IMAGE`` if the data ends before the last block.

    The image is decoded as if it had one more row of blocks. Behind complete data, libjpeg tries to decode the first of
    them, and mostly gets another colour than its filling. Behind incomplete data it does not try.
    """
    row, taller = _make_taller(structure)
    image = decode_small(taller)
    may_be_filling = _is_mid_grey(image, 0 if row else image.width - 1, row or image.height - 1)
    if may_be_filling and _changes_with_more_data(structure):
        raise corrupt("JPEG", "its last rows are missing")
    return image.crop((0, 0, image.width, min(image.height, -(-structure.frame.height // 8))))


def _changes_with_more_data(structure: Structure) -> bool:
    """Return whether the image looks different with spare data in front of its end: it takes up what it lacks."""
    data, scan = structure.data, structure.scans[0]
    # A file may be cut between 0xFF and its stuffed zero byte. What follows 0xFF would be taken for a marker.
    end = scan.start + len(data[scan.start : scan.end].rstrip(b"\xff"))
    longer = data[:end] + _build_spare(structure) + data[end:]
    is_small = structure.frame.width * structure.frame.height <= _FULLY_COMPARED
    decode = decode_fully if is_small else decode_small
    return decode(data).tobytes() != decode(longer).tobytes()


def _make_taller(structure: Structure) -> tuple[int, bytes]:
    """Return the first row of an additional row of blocks, at an eighth of the size, and the file that has it.

    The row is 0 if a restart precedes it, which libjpeg decodes in either case, or if there can be no such row.
    """
    frame = structure.frame
    several = len(frame.components) > 1
    across = 8 * (max(component.across for component in frame.components) if several else 1)
    down = 8 * (max(component.down for component in frame.components) if several else 1)
    rows = -(-frame.height // down)
    interval = _read_restart_interval(structure)
    if rows * down >= _MOST_ROWS or (interval and rows * -(-frame.width // across) % interval == 0):
        return 0, structure.data
    at = frame.segment.body + 1
    view = memoryview(structure.data)
    return rows * down // 8, b"".join((view[:at], (rows * down + 1).to_bytes(2, "big"), view[at + 2 :]))


def _read_restart_interval(structure: Structure) -> int:
    bodies = list(structure.find_bodies(RESTART_INTERVAL, b""))
    return int.from_bytes(bodies[-1][:2], "big") if bodies else 0


def _is_mid_grey(image: Image.Image, x: int, y: int) -> bool:
    pixel = image.getpixel((x, y))
    return is_filling(pixel if isinstance(pixel, tuple) else (pixel,))


def _build_spare(structure: Structure) -> bytes:
    """Return pixel data, then eight times a restart marker and more data, continuing the file's restart numbers."""
    scan = structure.scans[0]
    last = max((found.start() for found in _RESTART.finditer(structure.data, scan.start, scan.end)), default=None)
    following = 0 if last is None else structure.data[last + 1] - 0xD0 + 1
    return _FILL + b"".join(bytes((0xFF, 0xD0 + (following + n) % 8)) + _FILL for n in range(8))
