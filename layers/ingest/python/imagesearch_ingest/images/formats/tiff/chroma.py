"""Turn luma and chroma that are not compressed as JPEG into RGB (TIFF 6.0, section 21)."""

from typing import TYPE_CHECKING

from PIL import Image

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.kind import LZMA, WEBP, ZSTD, Kind, refuse
from imagesearch_ingest.images.formats.tiff.samples import interleave, read_bytes, read_plane, read_samples, take_as
from imagesearch_ingest.images.formats.tiff.view import Stored, find_stored
from imagesearch_ingest.images.vips import get_vips

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue
_BLACK_AND_WHITE = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)
_BYTE = 8
_CHROMA = (1, 2)  # planes


def read_chroma(data: bytes, page: Directory, kind: Kind) -> "pyvips.Image":
    """Return RGB of 8 bits. Raise ``pyvips.Error``, and ``IngestError`` for a kind of TIFF that is not read."""
    if kind.bits != _BYTE:
        raise refuse(f"of luma and chroma of {kind.bits} bits")
    if kind.subsampling == (1, 1):
        return _convert(page, read_samples(data, page, kind))
    if kind.compression in {LZMA, ZSTD, WEBP}:
        raise refuse("of subsampled chroma under this compression")
    if kind.has_planes:
        return _convert(page, _read_planes(data, page, kind))
    if kind.samples > kind.space.samples:
        raise refuse("of subsampled chroma with alpha")
    return _convert(page, _read_units(data, page, kind))


def set_levels(image: Image.Image, page: Directory) -> Image.Image:
    """Stretch luma and chroma of old-style JPEG, in which the page may reserve levels, as in video."""
    levels = page.fractions(tags.BLACK_AND_WHITE)
    if not _are_levels(levels) or levels == _BLACK_AND_WHITE or image.mode not in {"RGB", "YCbCr"}:
        return image
    tables: list[float] = []
    for middle, black, white, most in (
        (0, levels[0], levels[1], 255),
        *((128, *levels[at : at + 2], 127) for at in (2, 4)),
    ):
        tables += [middle + (level - black) * most / (white - black) for level in range(256)]
    stretched = image.convert("YCbCr").point([min(255, max(0, round(level))) for level in tables])
    stretched.info = image.info
    return stretched


def _read_planes(data: bytes, page: Directory, kind: Kind) -> "pyvips.Image":
    """Return luma and chroma whose planes differ in their sides."""
    across, down = kind.subsampling

    def count_bytes(width: int, rows: int, plane: int) -> int:
        return -(-width // across) * -(-rows // down) if plane in _CHROMA else width * rows

    stored = find_stored(data, page, kind.samples, count_bytes)
    _check_rows(stored, down)
    smaller = kind._replace(width=-(-kind.width // across), height=-(-kind.height // down))
    pieces = stored.pieces._replace(width=-(-stored.pieces.width // across), rows=-(-stored.pieces.rows // down))
    chroma = [read_plane(stored._replace(pieces=pieces.of_plane(plane)), smaller) for plane in _CHROMA]
    grown = [band.zoom(across, down).crop(0, 0, kind.width, kind.height) for band in chroma]
    return read_plane(stored.of_plane(0), kind).bandjoin(grown)


def _read_units(data: bytes, page: Directory, kind: Kind) -> "pyvips.Image":
    """Return luma and chroma that are stored in units of a few luma samples and two chroma samples."""
    across, down = kind.subsampling
    size = across * down + 2
    columns, lines = -(-kind.width // across), -(-kind.height // down)
    stored = find_stored(data, page, 1, lambda width, rows, _: -(-width // across) * -(-rows // down) * size)
    _check_rows(stored, down)
    pieces = stored.pieces._replace(rows=-(-stored.pieces.rows // down))
    rows = read_bytes(stored._replace(pieces=pieces), (columns * size, lines), -(-pieces.width // across) * size)
    units = take_as(rows, columns, lines, size, "uchar")
    bands = [units.extract_band(row * across, n=across) for row in range(down)]
    luma = interleave([take_as(band, columns * across, lines, 1, "uchar") for band in bands])
    chroma = units.extract_band(across * down, n=2).zoom(across, down)
    return luma.bandjoin(chroma).crop(0, 0, kind.width, kind.height)


def _check_rows(stored: Stored, down: int) -> None:
    """Raise ``UNSUPPORTED_FORMAT`` for strips that cut through rows of chroma."""
    if stored.pieces.rows % down and stored.pieces.down > 1:
        raise refuse("of subsampled chroma in such strips")


def _are_levels(levels: tuple[float, ...]) -> bool:
    return len(levels) == 6 and all(levels[at] != levels[at + 1] for at in (0, 2, 4))  # noqa: PLR2004 (two for each band)


def _convert(page: Directory, image: "pyvips.Image") -> "pyvips.Image":
    """Return RGB by the page's own coefficients and its levels of black and white."""
    red, green, blue = luma if len(luma := page.fractions(tags.LUMA)) == 3 and all(luma) else _LUMA  # noqa: PLR2004
    levels = page.fractions(tags.BLACK_AND_WHITE)
    if not _are_levels(levels):
        levels = _BLACK_AND_WHITE
    spans = [most / (levels[at + 1] - levels[at]) for at, most in ((0, 255), (2, 127), (4, 127))]
    scaled = image.extract_band(0, n=3).linear(spans, [-levels[2 * band] * spans[band] for band in range(3)])
    to_red, to_blue = 2 - 2 * red, 2 - 2 * blue
    matrix = [[1, 0, to_red], [1, -blue * to_blue / green, -red * to_red / green], [1, to_blue, 0]]
    colours = (scaled.recomb(get_vips().Image.new_from_array(matrix)) + 0.5).cast("uchar").copy(interpretation="srgb")
    return colours.bandjoin(image[3]) if image.bands > 3 else colours  # noqa: PLR2004 (alpha)
