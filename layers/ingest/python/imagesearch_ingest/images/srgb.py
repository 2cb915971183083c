"""Convert an image of libvips to sRGB with 8 bits. A profile comes before the reduction, or steps would show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagesearch_ingest.images.coded_colour import CodedColour, build_profile, read_coded_colour
from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.tone_map import tone_map
from imagesearch_ingest.images.vips import convert_to_srgb, get_vips, join_alpha, reduce_depth, split_alpha

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_INTERPRETATIONS = {1: ("b-w", "grey16"), 2: ("b-w", "grey16"), 3: ("srgb", "rgb16"), 4: ("srgb", "rgb16")}
_GREY = 1
_SPACE, _RGB = slice(16, 20), b"RGB "  # the colour space in a profile's header (ICC.1:2022, table 17)


def wrap_pixels(
    pixels: bytes | bytearray | memoryview, width: int, height: int, *, bands: int, is_deep: bool
) -> pyvips.Image:
    """Return pixels of 8 or 16 bits, grey or RGB, as an image. They are not copied."""
    image = get_vips().Image.new_from_memory(pixels, width, height, bands, "ushort" if is_deep else "uchar")
    return image.copy(interpretation=_INTERPRETATIONS[bands][is_deep])


def is_converted(colour: CodedColour | None, profile: bytes | None) -> bool:
    """Return whether ``convert_coded`` would change colours, so that samples are needed at their own depth."""
    used = profile or (build_profile(colour) if colour else None)
    return bool(colour and colour.is_hdr) or (used is not None and not is_srgb(used))


def convert_coded(
    image: pyvips.Image, colour: CodedColour | None, profile: bytes | None
) -> tuple[pyvips.Image, tuple[str, ...]]:
    """Return the image in sRGB with 8 bits, and notes on what was done. Transparency is kept.

    The image has 8 or 16 bits, and is grey or RGB. An ICC profile counts more than code points, as in browsers. If the
    profile itself holds code points of PQ or HLG, these count.
    """
    within = read_coded_colour(profile) if profile else None
    if within and within.is_hdr:
        colour, profile = within, None
    colours, alpha = split_alpha(image)
    notes = ("16 to 8 bits",) if image.format == "ushort" else ()
    note: str | None
    if colour and colour.is_hdr and not profile:
        converted, note = tone_map(_as_rgb(colours), colour), f"{colour.name} to srgb, tone-mapped"
    else:
        converted, note = _convert_sdr(colours, colour, profile)
    return join_alpha(converted, alpha), (note, *notes) if note else notes


def _convert_sdr(
    image: pyvips.Image, colour: CodedColour | None, profile: bytes | None
) -> tuple[pyvips.Image, str | None]:
    coded = None if profile or colour is None else build_profile(colour)
    used = coded or profile
    if used is None or is_srgb(used):
        return reduce_depth(image), None
    name = colour.name if coded and colour else _name_space(image)
    source = _as_rgb(image) if used[_SPACE] == _RGB else image  # grey pictures often have a profile for colours
    converted = convert_to_srgb(source, used)
    if converted is None:
        return reduce_depth(image), f"{name} to srgb without its profile, which does not fit"
    return converted, f"{name} to srgb" if coded else f"{name} to srgb by its profile"


def _as_rgb(image: pyvips.Image) -> pyvips.Image:
    return image.bandjoin([image, image]) if image.bands == _GREY else image


def _name_space(image: pyvips.Image) -> str:
    return "grey" if image.bands == _GREY else "rgb"
