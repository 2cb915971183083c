"""Look into strips and tiles that are compressed as JPEG (TIFF Technical Note 2)."""

from collections.abc import Iterator

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.view import Pieces

_HOLE = bytes(32)  # what is shorter may be codes of a flat area
_START, _END = b"\xff\xd8", b"\xff\xd9"
_MARKER, _FRAMES = 0xFF, {0xC0, 0xC1, 0xC2}


def build_suspicious(data: bytes, page: Directory, pieces: Pieces) -> Iterator[bytes]:
    """Yield the pieces that may have a hole of zeros, each as a JPEG file with the tables of the page."""
    tables = page.raw(tags.JPEG_TABLES)
    head = tables[: tables.rfind(_END)] if tables.startswith(_START) else _START
    for at, count in zip(pieces.offsets, pieces.counts, strict=True):
        if data.find(_HOLE, at, at + count) >= 0:
            yield head + data[at + len(_START) : at + count]


def read_rows(piece: bytes) -> int:
    """Return how many rows a piece says it has; 0 if it does not say."""
    at = len(_START)
    while piece[at : at + 1] == bytes((_MARKER,)):
        if piece[at + 1 : at + 2] and piece[at + 1] in _FRAMES:
            return int.from_bytes(piece[at + 5 : at + 7], "big")
        at += 2 + max(2, int.from_bytes(piece[at + 2 : at + 4], "big"))
    return 0
