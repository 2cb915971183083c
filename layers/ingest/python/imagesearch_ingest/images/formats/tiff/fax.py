"""Tell whether all rows of a page under CCITT compression are there: libtiff fills in those that are missing.

A fax machine marks the end of each line, and goes on behind a damaged one (ITU-T T.4).
"""

from collections.abc import Iterator

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.kind import GROUP_3
from imagesearch_ingest.images.formats.tiff.view import Stored

_LINE_END = 11  # zeros, at least, and a one
_HOLE = bytes(32)  # no codes are as long
_FROM_LOWEST = 2  # the order of bits
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def choose_strictness(stored: Stored, height: int) -> str:
    """Return at which level libvips is to refuse the rows: damage in lines that are all there does not matter.

    A hole of zeros, or the end of the file, may have taken some: then a warning of libtiff's says so.
    """
    pieces = list(_read_pieces(stored))
    if stored.compression == GROUP_3 and sum(map(_count_line_ends, pieces)) >= height:
        return "none"
    end = max(at + count for at, count in zip(stored.pieces.offsets, stored.pieces.counts, strict=True))
    return "warning" if end >= len(stored.data) or any(_HOLE in piece for piece in pieces) else "error"


def _read_pieces(stored: Stored) -> Iterator[bytes]:
    is_turned = stored.page.number(tags.FILL_ORDER, 1) == _FROM_LOWEST
    for at, count in zip(stored.pieces.offsets, stored.pieces.counts, strict=True):
        piece = bytes(stored.data[at : at + count])
        yield piece.translate(_TURNED) if is_turned else piece


def _count_line_ends(piece: bytes) -> int:
    bits = bin(int.from_bytes(b"\1" + piece, "big")).removeprefix("0b1")
    return sum(len(zeros) >= _LINE_END for zeros in bits.split("1")[:-1])
