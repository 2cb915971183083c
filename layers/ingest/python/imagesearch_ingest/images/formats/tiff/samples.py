"""Read the samples of a page with libvips, whatever their bits, planes and pieces are.

libvips reads samples of 8, 16 and 32 bits, of 1, 2 and 4 bits if there is one to a pixel, and fractions. Others are
read as bytes, and unpacked here.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.fax import choose_strictness
from imagesearch_ingest.images.formats.tiff.jpeg_pieces import read_rows
from imagesearch_ingest.images.formats.tiff.kind import (
    BYTEWISE,
    FAX,
    JPEG,
    LZMA,
    WEBP,
    ZSTD,
    Format,
    Kind,
    Space,
    refuse,
)
from imagesearch_ingest.images.formats.tiff.layout import TILE_STEP, find_largest_tile
from imagesearch_ingest.images.formats.tiff.view import Shape, Stored, find_stored, stack, write_view
from imagesearch_ingest.images.vips import get_vips

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_GREY, _RGB, _PALETTE, _CMYK, _YCBCR, _LOG_LUV = 1, 2, 3, 5, 6, 32845
_WHOLE, _PART = {8, 16, 32}, {1, 2, 4}
_DOUBLE, _MAX_BITS = 64, 32
_NAMES = {Format.UNSIGNED: "numbers", Format.SIGNED: "signed numbers", Format.FRACTION: "fractions"}
_JPEG_TILES = {(1, 1), (2, 3), (5, 4), (6, 3)}  # that libvips takes: colours and samples
_MAX_STACKED = 4096  # tiles that are put together one by one


def read_samples(data: bytes, page: Directory, kind: Kind) -> "pyvips.Image":
    """Return an image of the colours, and of the alpha band behind them. White is still zero if it is in the file.

    Its rows are decoded when it is used, once, from top to bottom. Samples of up to 8 bits use all levels of 8 bits,
    others those of 16 bits or the format of the file. Raise ``pyvips.Error``, and ``IngestError`` for a kind of TIFF
    that is not read.
    """
    alpha = [kind.alpha_at] if kind.alpha_at else []
    wanted = [*range(kind.space.samples), *alpha]
    planes, samples = (max(wanted) + 1, 1) if kind.has_planes else (1, kind.samples)
    stored = find_stored(
        data, page, planes, lambda across, down, _: down * _count_row_bytes(across, samples, kind.bits)
    )
    if kind.compression in {LZMA, ZSTD, WEBP}:
        stored = _repack(stored, kind, samples)
    if kind.has_planes:
        return _join([read_plane(stored.of_plane(plane), kind) for plane in wanted])
    photometric = _GREY if _has_odd_palette(stored, kind) else _choose_photometric(kind)
    image = _read(stored, kind, kind.samples, photometric)
    shift = image.bands - kind.samples  # a palette makes three bands of one
    colours = image.extract_band(0, n=kind.space.samples + shift)
    return _join([colours, *(image[band + shift] for band in alpha)])


def read_plane(stored: Stored, kind: Kind) -> "pyvips.Image":
    """Return the only band of a plane."""
    return _read(stored, kind, 1, _GREY)


def _join(bands: "Sequence[pyvips.Image]") -> "pyvips.Image":
    return bands[0].bandjoin(list(bands[1:])) if len(bands) > 1 else bands[0]


def _repack(stored: Stored, kind: Kind, samples: int) -> Stored:
    from imagesearch_ingest.images.formats.tiff.repack import repack  # noqa: PLC0415 (rare, and imports more)

    return repack(stored, _count_row_bytes(stored.pieces.width, samples, kind.bits), samples)


def _count_row_bytes(pixels: int, samples: int, bits: int) -> int:
    return (pixels * samples * bits + 7) // 8


def _choose_photometric(kind: Kind) -> int:
    """Return the colours that libvips is told. It must not convert any, except those that only libtiff knows."""
    if kind.space is Space.YCBCR and kind.compression == JPEG:
        return _YCBCR
    if kind.space in {Space.PALETTE, Space.LOG_LUV, Space.CMYK}:
        return int(kind.space.value[0])
    return _RGB if kind.samples >= Space.RGB.samples else _GREY


def _has_odd_palette(stored: Stored, kind: Kind) -> bool:
    """Return whether samples of 8 bits lie beyond a short palette. Most readers then show them as grey."""
    colours = len(stored.page.numbers(tags.COLOURS)) // 3
    if kind.space is not Space.PALETTE or kind.bits != 8 or colours >= 1 << kind.bits:  # noqa: PLR2004 (a byte)
        return False
    return bool(_read(stored, kind, kind.samples, _GREY)[0].max() >= colours)


def _read(stored: Stored, kind: Kind, samples: int, photometric: int) -> "pyvips.Image":
    is_single = samples == 1 or kind.space is Space.PALETTE
    if kind.bits not in _WHOLE and not (kind.bits in _PART and is_single):
        return _read_unpacked(stored, kind, samples)
    return _open(stored, Shape(kind.width, kind.height, samples, kind.bits, photometric, kind.format))


def _open(stored: Stored, shape: Shape) -> "pyvips.Image":
    pieces = stored.pieces
    if stored.compression == JPEG and not pieces.are_tiles:
        return _load_jpeg_strips(stored, shape)
    if not pieces.are_tiles or _are_plain_tiles(stored, shape):
        return _load(stored, shape)
    column = stack(pieces)
    if column.down > _MAX_STACKED:
        raise refuse(f"of tiles of {pieces.width}x{pieces.rows} pixels")
    tall = shape._replace(width=pieces.width, height=pieces.rows * column.down)
    image = _load(stored._replace(pieces=column), tall).copy_memory()
    tiles = [image.crop(0, at * pieces.rows, pieces.width, pieces.rows) for at in range(column.down)]
    return get_vips().Image.arrayjoin(tiles, across=pieces.across).crop(0, 0, shape.width, shape.height)


def _are_plain_tiles(stored: Stored, shape: Shape) -> bool:
    """Return whether libvips takes the tiles. It wants sides in steps of 16, and none far beyond the image's edge."""
    pieces, most = stored.pieces, find_largest_tile(shape.width, shape.height)
    if max(pieces.width, pieces.rows) > most or pieces.width % TILE_STEP or pieces.rows % TILE_STEP:
        return False
    return stored.compression != JPEG or (shape.photometric, shape.samples) in _JPEG_TILES


def _load_jpeg_strips(stored: Stored, shape: Shape) -> "pyvips.Image":
    """Return the image. Some writers fill up the last strip to the rows of the others."""
    pieces = stored.pieces
    at, count = pieces.offsets[-1], pieces.counts[-1]
    is_filled = read_rows(bytes(stored.data[at : at + count])) == pieces.rows
    height = pieces.rows * pieces.down if is_filled else shape.height
    return _load(stored, shape._replace(height=height)).crop(0, 0, shape.width, shape.height)


def _load(stored: Stored, shape: Shape) -> "pyvips.Image":
    """Return the image as libvips sees it after the header.

    Errors count, not only a missing end. libtiff reports damage in JPEG as a warning, and libvips damage in tiles.
    """
    is_strict = stored.compression == JPEG or stored.pieces.are_tiles
    fail_on = "warning" if is_strict else "error"
    if stored.compression in FAX:
        fail_on = choose_strictness(stored, shape.height)
    return get_vips().Image.tiffload_buffer(
        write_view(stored, shape),
        access="sequential",
        fail_on=fail_on,
        unlimited=True,  # this library has its own limits
    )


def _read_unpacked(stored: Stored, kind: Kind, samples: int) -> "pyvips.Image":
    """Return samples of a number of bits that libvips does not read."""
    fits = kind.bits <= _MAX_BITS and kind.format is Format.UNSIGNED and kind.space is not Space.PALETTE
    if not fits and (kind.bits, kind.format) != (_DOUBLE, Format.FRACTION):
        raise refuse(f"with {_NAMES[kind.format]} of {kind.bits} bits")
    piece_row = _count_row_bytes(stored.pieces.width, samples, kind.bits)
    rows = read_bytes(stored, (_count_row_bytes(kind.width, samples, kind.bits), kind.height), piece_row)
    is_little = stored.page.order == "little"
    if kind.bits == _DOUBLE:
        image = take_as(rows, kind.width, kind.height, samples, "double")
        return image if is_little else image.byteswap()
    return _unpack(rows, kind.width, samples, kind.bits, is_reversed=is_little and kind.bits % 8 == 0)


def read_bytes(stored: Stored, size: tuple[int, int], piece_row: int) -> "pyvips.Image":
    """Return the bytes of the rows as an image of one band and this size.

    ``piece_row`` is the number of bytes in a row of a strip or tile.
    """
    if stored.compression not in BYTEWISE or stored.page.number(tags.PREDICTOR, 1) != 1:
        raise refuse("with samples of this many bits under this compression")
    wide = stored._replace(pieces=stored.pieces._replace(width=piece_row))
    return _open(wide, Shape(*size, 1, 8, _GREY))


def _unpack(rows: "pyvips.Image", width: int, samples: int, bits: int, *, is_reversed: bool) -> "pyvips.Image":
    """Return samples of 8 or 16 bits. A group is as few bytes as hold whole samples of whole pixels."""
    held = math.lcm(bits, 8) // bits * samples
    size = held * bits // 8
    groups = -(-rows.width // size)
    padded = rows.embed(0, 0, groups * size, rows.height)
    grouped = take_as(padded, groups, rows.height, size, "uchar")
    found = [_extract(grouped, number * bits, bits, is_reversed=is_reversed) for number in range(held)]
    joined = found[0].bandjoin(found[1:]) if len(found) > 1 else found[0]
    unpacked = take_as(joined, groups * held // samples, rows.height, samples, joined.format)
    return unpacked.crop(0, 0, width, rows.height)


def _extract(grouped: "pyvips.Image", first: int, bits: int, *, is_reversed: bool) -> "pyvips.Image":
    """Return the sample that begins at bit ``first`` of each group, scaled to all levels of 8 or 16 bits."""
    places = range(first // 8, (first + bits + 7) // 8)
    value: pyvips.Image | None = None
    for place in reversed(places) if is_reversed else places:
        byte = grouped[place].cast("uint")
        value = byte if value is None else (value << 8) | byte
    if value is None:
        raise ValueError("a sample without bits")
    sample = (value >> (8 * len(places) - first % 8 - bits)) & (2**bits - 1)
    most, form = (255, "uchar") if bits <= 8 else (65535, "ushort")  # noqa: PLR2004 (a byte)
    return sample.linear(most / (2**bits - 1), 0.5).cast(form)


def take_as(image: "pyvips.Image", width: int, height: int, bands: int, form: str) -> "pyvips.Image":
    """Return the same bytes as an image of another form."""
    return get_vips().Image.new_from_memory(image.write_to_memory(), width, height, bands, form)


def interleave(rows: Sequence["pyvips.Image"]) -> "pyvips.Image":
    """Return an image whose rows come from each image in turn."""
    beside = get_vips().Image.arrayjoin(list(rows), across=len(rows))
    return take_as(beside, rows[0].width, rows[0].height * len(rows), rows[0].bands, rows[0].format)
