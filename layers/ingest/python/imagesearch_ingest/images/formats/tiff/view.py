"""Describe the pixels of a page to libtiff anew, in a directory that holds nothing else.

The bytes of the picture stay where they are; a new directory is put behind them. So it does not matter where the page
stands, what its other tags hold, and which of its numbers are missing. The same bytes can also be described in another
way, as plain bytes for example, if libvips does not read the samples as they are.
"""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.directory import LONG, SHORT
from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.kind import RAW, Format
from imagesearch_ingest.images.formats.tiff.write import Values, write_directory
from imagesearch_ingest.images.limits import check_parts

_MAGICS = {"little": b"II*\0", "big": b"MM\0*"}
_HEADER, _COUNT, _ENTRY, _NEXT = 8, 2, 12, 4  # bytes
_UNDEFINED = 7
_COPIED = (tags.FILL_ORDER, tags.GROUP_3_OPTIONS, tags.GROUP_4_OPTIONS)
_JPEG = 7


class Pieces(NamedTuple):
    """The strips or tiles of a page, of one plane after the other."""

    offsets: Sequence[int]
    counts: Sequence[int]  # bytes, as stored
    width: int  # pixels of a piece
    rows: int  # of a piece
    across: int  # pieces beside each other
    down: int
    are_tiles: bool

    def of_plane(self, plane: int) -> "Pieces":
        """Return the pieces of one plane."""
        first, count = plane * self.across * self.down, self.across * self.down
        here = slice(first, first + count)
        return self._replace(offsets=self.offsets[here], counts=self.counts[here])


class Stored(NamedTuple):
    """The bytes of a page's pixels, and how they are stored."""

    data: bytes | bytearray  # of the file, or those that replace them
    page: Directory
    pieces: Pieces
    compression: int

    def of_plane(self, plane: int) -> "Stored":
        """Return the bytes of one plane."""
        return self._replace(pieces=self.pieces.of_plane(plane))


class Shape(NamedTuple):
    """What the bytes are to be read as."""

    width: int
    height: int
    samples: int
    bits: int
    photometric: int
    format: Format = Format.UNSIGNED


def find_stored(data: bytes, page: Directory, planes: int, count_bytes: Callable[[int, int, int], int]) -> Stored:
    """Return the strips or tiles of the page. Raise ``CORRUPT_IMAGE`` if some are missing or cut off.

    ``count_bytes`` returns the bytes that so many pixels across and down take in a plane, uncompressed.
    """
    width, height = page.size
    are_tiles = tags.TILE_WIDTH in page and tags.TILE_LENGTH in page
    across, rows = page.number(tags.TILE_WIDTH, 0), page.number(tags.TILE_LENGTH, 0)
    if not are_tiles:
        across, rows = width, min(page.number(tags.ROWS_PER_STRIP, height) or height, height)
    if not across or not rows:
        raise corrupt("TIFF", "its tiles have no pixels")
    columns, lines = -(-width // across), -(-height // rows)
    check_parts(columns * lines * planes, "TIFF")
    offsets = _read_either(page, tags.TILE_OFFSETS, tags.STRIP_OFFSETS)[: columns * lines * planes]
    if len(offsets) < columns * lines * planes or max(offsets) >= len(data) or min(offsets) < _HEADER:
        raise corrupt("TIFF", "some of its strips are missing")
    counts = _read_either(page, tags.TILE_BYTES, tags.STRIP_BYTES)
    if page.number(tags.COMPRESSION, RAW) == RAW:
        last = rows if are_tiles else height - rows * (lines - 1)
        most = [(across, rows)] * (columns * (lines - 1)) + [(across, last)] * columns
        sizes = tuple(count_bytes(*sides, plane) for plane in range(planes) for sides in most)
        _check_sizes(sizes, offsets, counts, (page.at, len(data)))
        counts = sizes
    else:
        counts = _mend_counts(data, offsets, counts)
        if sum(counts) > 2 * len(data):
            raise corrupt("TIFF", "its strips share their bytes, and announce more data than the file holds")
    pieces = Pieces(offsets, counts, across, rows, columns, lines, are_tiles)
    return Stored(data, page, pieces, page.number(tags.COMPRESSION, RAW))


def _read_either(page: Directory, tag: int, other: int) -> tuple[int, ...]:
    return page.numbers(tag) or page.numbers(other)


def _check_sizes(sizes: Sequence[int], offsets: Sequence[int], counts: Sequence[int], ends: tuple[int, int]) -> None:
    """Raise ``CORRUPT_IMAGE`` if uncompressed pieces are cut off: by the end of the file, or by what follows them.

    One count that is too small proves nothing, because many are wrong. ``ends`` are where the directory begins and the
    file ends.
    """
    directory, end = ends
    places = sorted({*offsets, directory, end})
    for at, size, count in zip(offsets, sizes, (*counts, *[0] * len(sizes)), strict=False):
        is_short = count < size
        if at + size > (places[bisect(places, at)] if is_short else end) or (is_short and count and len(sizes) > 1):
            raise corrupt("TIFF", "its pixels are cut off")


def _mend_counts(data: bytes, offsets: Sequence[int], counts: Sequence[int]) -> tuple[int, ...]:
    """Return the bytes of each piece. A count that is missing or zero reaches to the next piece, or to the end."""
    places = [*sorted(set(offsets)), len(data)]
    ends = dict(pairwise(places))
    known = (*counts, *[0] * len(offsets))
    return tuple(
        min(count, len(data) - at) if count else ends[at] - at for at, count in zip(offsets, known, strict=False)
    )


def stack(pieces: Pieces) -> Pieces:
    """Return tiles as the strips of an image that is as wide as a tile."""
    return pieces._replace(across=1, down=pieces.across * pieces.down, are_tiles=False)


def write_view(stored: Stored, shape: Shape, *, is_differing: bool = True) -> bytes:
    """Return a file in which the pieces are read as ``shape``, with or without the page's predictor."""
    data, page, pieces, compression = stored
    longs = {tags.WIDTH: shape.width, tags.LENGTH: shape.height}
    offsets, counts = tags.STRIP_OFFSETS, tags.STRIP_BYTES
    if pieces.are_tiles:
        longs |= {tags.TILE_WIDTH: pieces.width, tags.TILE_LENGTH: pieces.rows}
        offsets, counts = tags.TILE_OFFSETS, tags.TILE_BYTES
    else:
        longs[tags.ROWS_PER_STRIP] = pieces.rows
    entries: dict[int, Values] = {
        **{tag: (LONG, (value,)) for tag, value in longs.items()},
        **{tag: (LONG, (page.number(tag, 0),)) for tag in _COPIED if page.number(tag, 0)},
        **_describe_samples(shape),
        tags.COMPRESSION: (SHORT, (compression,)),
        offsets: (LONG, pieces.offsets),
        counts: (LONG, pieces.counts),
    }
    if is_differing and tags.PREDICTOR in page:
        entries[tags.PREDICTOR] = (LONG, (page.number(tags.PREDICTOR, 1),))
    if compression == _JPEG:
        entries |= _describe_jpeg(page)
    if shape.photometric == _PALETTE:
        entries[tags.COLOURS] = (SHORT, _read_colours(page, shape.bits))
    return _append(data, page, entries)


_PALETTE, _BYTES = 3, 256


def _describe_samples(shape: Shape) -> Mapping[int, Values]:
    colours = {2: 3, 5: 4, 6: 3, 32845: 3}.get(shape.photometric, 1)
    extra = (0,) * (shape.samples - colours)
    described: dict[int, Values] = {
        tags.BITS: (SHORT, (shape.bits,) * shape.samples),
        tags.PHOTOMETRIC: (SHORT, (shape.photometric,)),
        tags.SAMPLES: (SHORT, (shape.samples,)),
        tags.SAMPLE_FORMAT: (SHORT, (shape.format.value,) * shape.samples),
    }
    return {**described, tags.EXTRA_SAMPLES: (SHORT, extra)} if extra else described


def _describe_jpeg(page: Directory) -> Mapping[int, Values]:
    tables, subsampling = page.raw(tags.JPEG_TABLES), page.numbers(tags.SUBSAMPLING)
    described: dict[int, Values] = {tags.JPEG_TABLES: (_UNDEFINED, tables)} if tables else {}
    return {**described, tags.SUBSAMPLING: (SHORT, subsampling)} if subsampling else described


def _read_colours(page: Directory, bits: int) -> Sequence[int]:
    """Return the palette. Levels that were written as bytes by mistake are scaled, as most readers do."""
    levels = page.numbers(tags.COLOURS)
    count, factor = len(levels) // 3, 257 if 0 < max(levels, default=0) < _BYTES else 1
    bands = (levels[band * count : (band + 1) * count][: 1 << bits] for band in range(3))
    return [level * factor for band in bands for level in (*band, *(0,) * ((1 << bits) - len(band)))]


def _append(data: bytes | bytearray, page: Directory, entries: Mapping[int, Values]) -> bytes:
    at = len(data) + len(data) % 2
    directory = write_directory(
        "<" if page.order == "little" else ">", entries, at + _COUNT + _ENTRY * len(entries) + _NEXT
    )
    head = _MAGICS[page.order] + at.to_bytes(4, page.order)
    return b"".join((head, memoryview(data)[_HEADER:], bytes(at - len(data)), directory))
