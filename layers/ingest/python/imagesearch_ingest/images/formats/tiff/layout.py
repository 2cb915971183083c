"""Read how a TIFF's pixels are cut into strips or tiles, and check that all are there (TIFF 6.0, sections 3 and 15)."""

from typing import NamedTuple

from imagesearch_ingest.images.formats.directory import LONG
from imagesearch_ingest.images.formats.tiff.page import Page
from imagesearch_ingest.images.formats.tiff.write import Numbers

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_STRIPS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_BYTES = 322, 323, 324, 325
_RAW, _LZW = 1, 5
_MAX_SAMPLES = 3
_MAX_PIECES, _MAX_TILE, _MAX_SIDE, TILE_STEP = 65536, 4096, 8192, 16  # the sides of a tile are multiples of 16


class Layout(NamedTuple):
    """The strips or tiles of an image."""

    offsets: int  # the tag that holds their offsets
    counts: int  # the tag that holds their sizes in bytes, as stored
    sizes: tuple[int, ...]  # bytes of each, decompressed
    numbers: Numbers


def read_bits(page: Page) -> tuple[int, ...]:
    """Return the bits of each sample of a pixel. Raise ``ValueError`` for more samples than red, green and blue."""
    samples = page.number(_SAMPLES, 1)
    if samples > _MAX_SAMPLES:
        raise ValueError("alpha, or other samples beside the colours")
    return page.numbers(_BITS, samples) if _BITS in page.tags else (1,) * samples


def read_layout(page: Page) -> Layout:
    """Return the layout. Raise ``ValueError`` or ``KeyError`` for a broken or unusual one."""
    if (_STRIPS in page.tags) == (_TILES in page.tags):
        raise ValueError("strips and tiles, or neither")
    return _read_tiles(page) if _TILES in page.tags else _read_strips(page)


def cut_pieces(data: bytes, page: Page, layout: Layout) -> tuple[list[bytes], int]:
    """Return the strips or tiles, and the offset behind the last of them.

    Uncompressed pieces are cut to the bytes they need. Raise ``ValueError`` if a piece is cut off, or if all pieces
    together are larger than the file, because they share bytes.
    """
    offsets, counts = (page.numbers(tag, len(layout.sizes)) for tag in (layout.offsets, layout.counts))
    end = max(at + count for at, count in zip(offsets, counts, strict=True))
    compression = page.number(_COMPRESSION)
    if max(end, sum(counts)) > len(data) or min(counts) < 1:
        raise ValueError("strips are cut off or shared")
    sizes = layout.sizes if compression == _RAW else counts
    if any(count < size for count, size in zip(counts, sizes, strict=True)):
        raise ValueError("strips are too short")
    pieces = [data[at : at + size] for at, size in zip(offsets, sizes, strict=True)]
    if compression == _LZW and any(not piece[0] and piece[1] & 1 for piece in pieces):
        raise ValueError("the reversed bit order of TIFF 5, which few readers still know")
    return pieces, end


def _read_strips(page: Page) -> Layout:
    width, height = page.number(_WIDTH), page.number(_LENGTH)
    rows = min(page.number(_ROWS_PER_STRIP, height), height)
    whole, left = divmod(height, rows)
    if whole >= _MAX_PIECES or not width:
        raise ValueError("too many strips, or empty strips")
    size = _count_row_bytes(page, width)
    sizes = (size * rows,) * whole + ((size * left,) if left else ())
    return Layout(_STRIPS, _STRIP_BYTES, sizes, _as_longs({_WIDTH: width, _LENGTH: height, _ROWS_PER_STRIP: rows}))


def find_largest_tile(width: int, height: int) -> int:
    """Return the longest side of a tile that libvips takes for an image of these sides."""
    return min(_MAX_SIDE, -(-2 * max(width, height) // 256) * 256)


def _read_tiles(page: Page) -> Layout:
    width, height = page.number(_WIDTH), page.number(_LENGTH)
    across, down = page.number(_TILE_WIDTH), page.number(_TILE_LENGTH)
    if across % TILE_STEP or down % TILE_STEP or max(across, down) > min(_MAX_TILE, find_largest_tile(width, height)):
        raise ValueError("tiles of an unusual size")
    count = -(-width // across) * -(-height // down)
    if not 0 < count <= _MAX_PIECES:
        raise ValueError("too many tiles, or none")
    sides = {_WIDTH: width, _LENGTH: height, _TILE_WIDTH: across, _TILE_LENGTH: down}
    return Layout(_TILES, _TILE_BYTES, (_count_row_bytes(page, across) * down,) * count, _as_longs(sides))


def _count_row_bytes(page: Page, pixels: int) -> int:
    return (pixels * sum(read_bits(page)) + 7) // 8


def _as_longs(values: dict[int, int]) -> Numbers:
    return {tag: (LONG, (value,)) for tag, value in values.items()}
