"""How a TIFF's pixels are cut into strips or tiles, and that these are all there (TIFF 6.0, sections 3 and 15)."""

from typing import NamedTuple

from imagesearch_ingest.images.conforming.tiff_directory import LONG, Directory, Numbers

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_STRIPS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_BYTES = 322, 323, 324, 325
_RAW, _LZW = 1, 5
_MAX_SAMPLES = 3
_MAX_PIECES, _MAX_TILE, _TILE_STEP = 65536, 4096, 16  # a tile's sides are multiples of 16


class Layout(NamedTuple):
    """How the picture is cut into strips or tiles."""

    offsets: int  # the tag that holds them
    counts: int  # the tag that holds their bytes, as they are stored
    sizes: tuple[int, ...]  # their bytes, inflated
    numbers: Numbers


def bits_of(directory: Directory) -> tuple[int, ...]:
    """Of each sample of a pixel. Raises ``ValueError`` for more samples than red, green and blue."""
    samples = directory.number(_SAMPLES, 1)
    if samples > _MAX_SAMPLES:
        raise ValueError("alpha, or other samples beside the colours")
    return directory.numbers(_BITS, samples) if _BITS in directory.tags else (1,) * samples


def layout_of(directory: Directory) -> Layout:
    """Raises ``ValueError`` or ``KeyError`` for one that is not in order."""
    if (_STRIPS in directory.tags) == (_TILES in directory.tags):
        raise ValueError("strips and tiles, or neither")
    return _tiles(directory) if _TILES in directory.tags else _strips(directory)


def pieces_of(data: bytes, directory: Directory, layout: Layout) -> tuple[list[bytes], int]:
    """Strips or tiles, without what is too much in those that are not compressed, and where the last of them ends.

    Raises ``ValueError`` when one is not all there, and when together they are more than the file: shared ones.
    """
    offsets, counts = (directory.numbers(tag, len(layout.sizes)) for tag in (layout.offsets, layout.counts))
    end = max(at + count for at, count in zip(offsets, counts, strict=True))
    compression = directory.number(_COMPRESSION)
    if max(end, sum(counts)) > len(data) or min(counts) < 1:
        raise ValueError("strips are cut or shared")
    sizes = layout.sizes if compression == _RAW else counts
    if any(count < size for count, size in zip(counts, sizes, strict=True)):
        raise ValueError("strips are too short")
    pieces = [data[at : at + size] for at, size in zip(offsets, sizes, strict=True)]
    if compression == _LZW and any(not piece[0] and piece[1] & 1 for piece in pieces):
        raise ValueError("codes in the reversed order of TIFF 5, which few can still read")
    return pieces, end


def _strips(directory: Directory) -> Layout:
    width, height = directory.number(_WIDTH), directory.number(_LENGTH)
    rows = min(directory.number(_ROWS_PER_STRIP, height), height)
    whole, left = divmod(height, rows)
    if whole >= _MAX_PIECES or not width:
        raise ValueError("too many strips, or nothing in them")
    size = _row_bytes(directory, width)
    sizes = (size * rows,) * whole + ((size * left,) if left else ())
    return Layout(_STRIPS, _STRIP_BYTES, sizes, _longs({_WIDTH: width, _LENGTH: height, _ROWS_PER_STRIP: rows}))


def _tiles(directory: Directory) -> Layout:
    width, height = directory.number(_WIDTH), directory.number(_LENGTH)
    across, down = directory.number(_TILE_WIDTH), directory.number(_TILE_LENGTH)
    if across % _TILE_STEP or down % _TILE_STEP or max(across, down) > _MAX_TILE:
        raise ValueError("tiles of an odd size")
    count = -(-width // across) * -(-height // down)
    if not 0 < count <= _MAX_PIECES:
        raise ValueError("too many tiles, or none")
    sides = {_WIDTH: width, _LENGTH: height, _TILE_WIDTH: across, _TILE_LENGTH: down}
    return Layout(_TILES, _TILE_BYTES, (_row_bytes(directory, across) * down,) * count, _longs(sides))


def _row_bytes(directory: Directory, pixels: int) -> int:
    return (pixels * sum(bits_of(directory)) + 7) // 8


def _longs(values: dict[int, int]) -> Numbers:
    return {tag: (LONG, (value,)) for tag, value in values.items()}
