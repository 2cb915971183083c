"""Decode a HEIC at its own depth, and convert its colours to sRGB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagesearch_ingest.images.coded_colour import UNSPECIFIED, CodedColour
from imagesearch_ingest.images.formats.format import Decoded
from imagesearch_ingest.images.formats.heif.container import read_container
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.orient import UPRIGHT
from imagesearch_ingest.images.srgb import convert_coded, wrap_pixels
from imagesearch_ingest.images.vips import fill_levels, render, shrink
from imagesearch_ingest.model.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.formats.heif.libheif import HeicFile
    from imagesearch_ingest.images.policy import Policy

_BYTE = 8  # bits
# Bytes that libheif takes for a pixel, as measured, by chroma subsampling (None: grey): of 8 bits, of more bits that it
# reduces to 8, and of more bits that it keeps.
_NEEDED = {None: (2.6, 4.6, 5.2), 420: (4.9, 7.7, 9.4), 422: (8.2, 13.8, 17.2), 444: (9.1, 15.2, 18.2)}
_NARROW, _REDUCED, _DEEP = range(3)
_ALPHA_SHARE = 1.75  # how much more it takes with transparency
_BANDS = {"L": 1, "I": 1, "LA": 2, "La": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
_MAX_LIGHT = slice(0, 2)  # the first field of the property "clli" (ISO/IEC 14496-12, section 12.1.6)


def load(opened: HeicFile, data: bytes, policy: Policy) -> Decoded:
    """Decode the main image upright, in sRGB, and scaled down if it is too large.

    A deep image for whose depth the memory does not suffice is decoded at 8 bits. Raise ``TOO_MANY_PIXELS``,
    ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    if opened.depth > _BYTE and not _fits(opened, _DEEP):
        opened.reduce_depth()
        _check(opened, _REDUCED)
    elif opened.depth == _BYTE:
        _check(opened, _NARROW)
    image = _wrap(opened)
    stored = image.width, image.height
    fitted, note = shrink(image, policy)
    converted, steps = convert_coded(fitted, _read_colour(opened.info, data), opened.info.get("icc_profile"))
    rendered = render(converted)
    return Decoded(rendered, stored, stored, UPRIGHT, (note, *steps) if note else steps)


def _fits(opened: HeicFile, way: int) -> bool:
    try:
        _check(opened, way)
    except IngestError:
        return False
    return True


def _check(opened: HeicFile, way: int) -> None:
    """Raise ``TOO_MANY_PIXELS``."""
    width, height = opened.size
    needed = _NEEDED[opened.info.get("chroma")][way] * (_ALPHA_SHARE if opened.has_alpha else 1)
    check_memory(width, height, width * height * needed, f"HEIC with {opened.depth} bits")


def _wrap(opened: HeicFile) -> pyvips.Image:
    """Return the decoded pixels without copying them: grey or RGB, with or without transparency."""
    pixels = opened.decode()
    kind, _, is_deep = opened.heif.mode.partition(";")
    image = wrap_pixels(pixels, *opened.heif.size, bands=_BANDS[kind], is_deep=bool(is_deep))
    if is_deep:
        image = fill_levels(image, opened.depth)
    return image.unpremultiply().cast(image.format) if opened.is_premultiplied else image


def _read_colour(info: Mapping[Any, Any], data: bytes) -> CodedColour | None:
    coded = info.get("nclx_profile")
    if not coded:
        return None
    container = read_container(data)
    light = (container.find_property(b"clli") if container else None) or b""
    return CodedColour(
        coded.get("color_primaries", UNSPECIFIED),
        coded.get("transfer_characteristics", UNSPECIFIED),
        int.from_bytes(light[_MAX_LIGHT], "big"),
    )
