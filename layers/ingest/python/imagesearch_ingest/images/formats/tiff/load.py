"""Decode the page of a TIFF that is the picture, with libvips (ADR 34)."""

from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from imagesearch_ingest.images.colour import convert_to_srgb
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, Format
from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.chroma import read_chroma, set_levels
from imagesearch_ingest.images.formats.tiff.colours import Rendered, render
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.jpeg_pieces import build_suspicious
from imagesearch_ingest.images.formats.tiff.kind import JPEG, LZMA, OLD_JPEG, WEBP, ZSTD, Alpha, Kind, Space, read_kind
from imagesearch_ingest.images.formats.tiff.layout import TILE_STEP
from imagesearch_ingest.images.formats.tiff.old_jpeg import build_jpeg
from imagesearch_ingest.images.formats.tiff.plugin import Tiff
from imagesearch_ingest.images.formats.tiff.samples import read_samples
from imagesearch_ingest.images.formats.tiff.view import find_stored
from imagesearch_ingest.images.limits import check_memory, check_pixels
from imagesearch_ingest.images.orient import UPRIGHT, get_displayed_size, is_orientation
from imagesearch_ingest.images.pillow import open_header
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.vips import render as render_plain
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_INKS = 4


def load(opened: ImageFile.ImageFile, data: bytes, policy: Policy, jpeg: Format) -> Decoded:
    """Decode the chosen page. ``jpeg`` decodes JPEG files.

    Raise ``TOO_MANY_PIXELS``, ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    if not isinstance(opened, Tiff):
        raise TypeError("not a TIFF")
    page, note = opened.choice.directory, opened.choice.note
    profile = page.raw(tags.PROFILE) or opened.choice.top.raw(tags.PROFILE)
    kind = read_kind(page)
    check_limits(page, kind, policy)
    if kind.compression == OLD_JPEG:
        decoded = _decode_jpeg(build_jpeg(data, page, kind), policy, jpeg)
        image, steps = set_levels(decoded.image, page), decoded.steps
    else:
        image, steps = _decode(data, page, kind, policy, profile)
    if kind.compression == JPEG:
        _check_holes(data, page, kind, policy, jpeg)
    orientation = page.number(tags.ORIENTATION, UPRIGHT)
    orientation = orientation if is_orientation(orientation) else UPRIGHT
    displayed = get_displayed_size(*page.size, orientation)
    return Decoded(image, page.size, displayed, orientation, ((note,) if note else ()) + steps)


def check_limits(page: Directory, kind: Kind, policy: Policy) -> None:
    """Raise ``TOO_MANY_PIXELS`` for a tile larger than any image, and for kinds that take much memory."""
    width, height = page.number(tags.TILE_WIDTH, 0), page.number(tags.TILE_LENGTH, 0)
    check_pixels(width, height, policy)
    needed = _estimate_memory(page, kind, policy) + width * height * kind.samples * kind.bits / 8
    check_memory(kind.width, kind.height, needed, "TIFF")


def _estimate_memory(page: Directory, kind: Kind, policy: Policy) -> float:
    """Return bytes, as measured: the scaled image, and what is kept as a whole before it is scaled."""
    pixels = kind.width * kind.height
    whole = pixels * kind.samples * kind.bits / 8
    kept: float = min(pixels, policy.max_side**2) * (kind.samples + 1) * (4 if kind.bits > 16 else 2)  # noqa: PLR2004 (bits)
    if kind.compression == JPEG:  # libtiff holds two strips
        rows = min(page.number(tags.ROWS_PER_STRIP, kind.height) or kind.height, kind.height)
        kept += 2 * kind.width * rows * kind.samples
    elif kind.bits not in {1, 2, 4, 8, 16, 32} or kind.subsampling != (1, 1) or _has_odd_tiles(page):
        kept += 2 * whole
    return kept + 2 * whole * (kind.compression in {LZMA, ZSTD, WEBP})


def _has_odd_tiles(page: Directory) -> bool:
    """Return whether the tiles have to be put together in memory: libvips takes sides in steps of 16 pixels."""
    return any(page.number(tag, 0) % TILE_STEP for tag in (tags.TILE_WIDTH, tags.TILE_LENGTH))


def _decode(
    data: bytes, page: Directory, kind: Kind, policy: Policy, profile: bytes
) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        is_chroma = kind.space is Space.YCBCR and (kind.compression != JPEG or kind.has_planes)
        samples = read_chroma(data, page, kind) if is_chroma else read_samples(data, page, kind)
        return _finish(render(samples, kind, profile, policy), kind)
    except (IngestError, MemoryError):
        raise
    except Exception as error:  # besides libvips, Pillow decompresses some pieces, and raises anything
        raise corrupt("TIFF", "its strips or tiles are broken or cut off") from error


def _finish(rendered: Rendered, kind: Kind) -> tuple[Image.Image, tuple[str, ...]]:
    """Run the pipeline, and return the image. Inks with alpha are converted here, for lack of a mode in Pillow."""
    image, steps, profile = rendered
    if image.bands - (kind.alpha is not Alpha.NONE) < _INKS:
        plain = render_plain(image)
        if profile:
            plain.info["icc_profile"] = profile
        return plain, steps
    inks, alpha = _render_inks(image)
    if profile:
        inks.info["icc_profile"] = profile
    if alpha is None:
        return inks, steps
    colours, note = convert_to_srgb(inks)
    colours.putalpha(alpha)
    return colours, (*steps, *([note] if note else []))


def _render_inks(image: "pyvips.Image") -> tuple[Image.Image, Image.Image | None]:
    held, size = image.copy_memory(), (image.width, image.height)
    pixels = held.extract_band(0, n=_INKS).write_to_memory()
    inks = Image.frombuffer("CMYK", size, pixels, "raw", "CMYK", 0, 1)
    if image.bands == _INKS:
        return inks, None
    return inks, Image.frombuffer("L", size, held[_INKS].write_to_memory(), "raw", "L", 0, 1)


def _check_holes(data: bytes, page: Directory, kind: Kind, policy: Policy, jpeg: Format) -> None:
    """Raise ``CORRUPT_IMAGE`` for zeros in place of pixels. ``jpeg`` proves it, if it reads the kind of JPEG."""
    pieces = find_stored(data, page, kind.samples if kind.has_planes else 1, lambda *_: 0).pieces
    for stream in build_suspicious(data, page, pieces):
        try:
            _decode_jpeg(stream, policy, jpeg)
        except IngestError as error:
            if error.reason is Reason.CORRUPT_IMAGE:
                raise


def _decode_jpeg(stream: bytes, policy: Policy, jpeg: Format) -> Decoded:
    try:
        inspected = jpeg.inspect(stream, policy)
        return jpeg.load(open_header(inspected.data, jpeg.plugin), stream, policy)
    except (IngestError, MemoryError):
        raise
    except Exception as error:  # decoders raise anything for a broken file
        raise corrupt("TIFF", "its JPEG is broken or cut off") from error
