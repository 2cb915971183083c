"""Bring the samples of a page to 8 bits of grey, RGB or CMYK, with a plain alpha band.

A profile is applied before samples of more than 8 bits are reduced: afterwards, dark tones would show bands.
"""

from typing import TYPE_CHECKING, NamedTuple

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.formats.tiff.kind import Alpha, Format, Kind, Space
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.sides import find_fitted_size
from imagesearch_ingest.images.vips import convert_to_srgb, fits_profile, join_alpha, reduce_depth

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_BYTE, _WORD = 255, 65535  # white
_LONG, _SIGNED_LONG = 2**32 - 1, 2**31 - 1
_BITS = {"uchar": 8, "ushort": 16}
_FINITE = 3e38  # what is beyond it marks missing samples
_BELOW_BLACK = -0.05  # tolerated if white is 1: sharpening leaves as much
_NAMES = {1: "l", 3: "rgb", 4: "cmyk"}  # by bands
_NOWHERE_NEAR = 16  # times darker than white: nobody would see the picture
_LABS = {Space.CIE_LAB, Space.ICC_LAB, Space.ITU_LAB}


class Rendered(NamedTuple):
    """An image of 8 bits, and what was done to it."""

    image: "pyvips.Image"
    steps: tuple[str, ...]
    profile: bytes  # that is still to be applied


def render(image: "pyvips.Image", kind: Kind, profile: bytes, policy: Policy) -> Rendered:
    """Scale the image down to the sides of the policy, and convert it. Raise ``pyvips.Error``."""
    depth = () if image.format == "uchar" else (_name_depth(kind),)
    size = find_fitted_size(image.width, image.height, policy)
    image = _prepare(image, kind, profile, is_larger=size[0] < image.width)
    image, shrunk = _shrink(image, kind, size)
    if kind.space in _LABS:
        return Rendered(_convert_lab(image, kind), (*shrunk, "lab to srgb"), b"")
    if kind.space is Space.LOG_LUV:
        return Rendered(image.colourspace("srgb"), (*shrunk, "logluv to srgb"), b"")
    image = image if image.format in _BITS else image.copy_memory()
    colours, alpha = _split(image, kind)
    if image.format not in _BITS:
        colours, alpha = _scale(colours), alpha and _scale_alpha(alpha)
    if kind.space is Space.WHITE_IS_ZERO:
        colours = colours.invert()
    converted = _apply(colours, profile) if profile and colours.format == "ushort" else None
    if converted is None:
        return Rendered(join_alpha(reduce_depth(colours), alpha), (*shrunk, *depth), profile)
    done = () if is_srgb(profile) else (f"{_NAMES[colours.bands]} to srgb by its profile",)
    return Rendered(join_alpha(converted, alpha), (*shrunk, *done, *depth), b"")


def _name_depth(kind: Kind) -> str:
    return "float to 8 bits" if kind.format is Format.FRACTION else f"{kind.bits} to 8 bits"


def _prepare(image: "pyvips.Image", kind: Kind, profile: bytes, *, is_larger: bool) -> "pyvips.Image":
    """Make samples that can be scaled: Lab in its own numbers, fractions that are finite.

    A large image of 16 bits is reduced at once, by the fastest means, if no profile needs its levels.
    """
    if kind.space in _LABS:
        return _read_lab(image, kind)
    if kind.format is Format.FRACTION:
        return (image.abs() < _FINITE).ifthenelse(image, 0)
    if image.format == "ushort" and is_larger and (not profile or is_srgb(profile)):
        return image.cast("uchar", shift=True)
    return image


def _split(image: "pyvips.Image", kind: Kind) -> "tuple[pyvips.Image, pyvips.Image | None]":
    if kind.alpha is Alpha.NONE:
        return image, None
    return image.extract_band(0, n=image.bands - 1), image[image.bands - 1]


def _shrink(image: "pyvips.Image", kind: Kind, size: tuple[int, int]) -> "tuple[pyvips.Image, tuple[str, ...]]":
    """Scale the image down. Transparency is multiplied in, so that hidden colours do not show, and divided out."""
    is_larger = size[0] < image.width
    steps = (f"{image.width}x{image.height} to {size[0]}x{size[1]}",) if is_larger else ()
    if kind.alpha is Alpha.NONE:
        return (_resize(image, size) if is_larger else image), steps
    if kind.alpha is Alpha.PLAIN and not is_larger:
        return image, steps
    form = image.format
    white = 2 ** _BITS[form] - 1 if form in _BITS else _LONG if form == "uint" else 1
    image = image if form in _BITS else image.cast("double")
    last = image.bands - 1
    if kind.alpha is Alpha.PLAIN:
        image = image.extract_band(0, n=last).bandjoin(white) * image[last]
    image = _resize(image, size) if is_larger else image
    plain = image.extract_band(0, n=last) / image[last] * white  # libvips: something divided by zero is zero
    alpha = image[last] / white if kind.alpha is Alpha.PLAIN else image[last]
    return (plain.bandjoin(alpha) + (0.5 if form in _BITS else 0)).cast(form), steps


def _resize(image: "pyvips.Image", size: tuple[int, int]) -> "pyvips.Image":
    """Scale the image. Only a linear filter keeps to the range of the samples, which decides about wide numbers."""
    kernel = "cubic" if image.format in _BITS else "linear"
    return image.resize(size[0] / image.width, vscale=size[1] / image.height, kernel=kernel)


def _scale(colours: "pyvips.Image") -> "pyvips.Image":
    """Return samples of 16 bits of wide numbers and fractions, whose formats do not define white: their range does."""
    black, white = _find_range(colours)
    scale = _WORD / (white - black)
    return colours.linear(scale, 0.5 - black * scale).cast("ushort")


def _find_range(colours: "pyvips.Image") -> tuple[float, float]:
    """Return the samples that are black and white.

    Integers within 16 bits count as 16-bit samples, and those that use most of 32 bits keep their scale. For fractions,
    white is 1, 255 or 65535: the first that no sample exceeds, unless they come nowhere near it. It is also 1 if only
    highlights exceed 1. Samples in any other range are stretched from their lowest to their highest value.
    """
    low, high = colours.min(), colours.max()
    if colours.format in {"float", "double"}:
        if low >= _BELOW_BLACK and (high <= 1 or _are_highlights(colours, high)):
            return 0, 1
        whites: tuple[int, ...] = tuple(white for white in (_BYTE, _WORD) if high > white / _NOWHERE_NEAR)
    else:
        most = _LONG if colours.format == "uint" else _SIGNED_LONG
        whites = (_WORD, most) if high > most / _NOWHERE_NEAR else (_WORD,)
    white = next((white for white in whites if low >= 0 and high <= white), None)
    return (0, white) if white else (low, high if high > low else low + 1)


def _are_highlights(colours: "pyvips.Image", high: float) -> bool:
    """Return whether white is 1 although some samples exceed it: lights, or marks of missing samples.

    Marks lie far beyond, and raise the mean. Then more samples lie between black and white than beyond white.
    """
    if colours.avg() <= 1:
        return True
    return high > _BYTE and ((colours > 0) & (colours < 1)).avg() > (colours > 1).avg()


def _scale_alpha(alpha: "pyvips.Image") -> "pyvips.Image":
    high = alpha.max()
    white = next(white for white in (1, _BYTE, _WORD, _LONG, high) if high <= white)
    return alpha.linear(_WORD / white, 0.5).cast("ushort")


def _apply(colours: "pyvips.Image", profile: bytes) -> "pyvips.Image | None":
    """Return sRGB of 8 bits, or ``None`` if the profile is broken or describes another colour space."""
    if is_srgb(profile) and fits_profile(colours, profile):
        return reduce_depth(colours)
    return convert_to_srgb(colours, profile)


def _read_lab(image: "pyvips.Image", kind: Kind) -> "pyvips.Image":
    """Return Lab in its own numbers, with alpha from 0 to 1 (TIFF 6.0, section 23; ICC.1; ITU-T T.42)."""
    colours, alpha = _split(image, kind)
    most = _BYTE if image.format == "uchar" else _WORD
    unit = most / _BYTE
    if kind.space is Space.CIE_LAB:
        bands = [colours[0] * (100 / most), *(_sign(colours[band]) for band in (1, 2))]
    elif kind.space is Space.ICC_LAB:
        top, unit = (255, 1) if most == _BYTE else (65280, 256)
        bands = [colours[0] * (100 / top), *((colours[band] / unit - 128) for band in (1, 2))]
    else:
        a, b = (colours[1] / unit - 128) * (170 / 255), (colours[2] / unit - 96) * (200 / 255)
        bands = [colours[0] * (100 / most), a, b]
    if alpha is not None:
        bands.append(alpha / most)
    return bands[0].bandjoin(bands[1:]).cast("float")


def _convert_lab(image: "pyvips.Image", kind: Kind) -> "pyvips.Image":
    """Return sRGB. Lab in files refers to the white of prints, D50, as it does in profiles."""
    colours, alpha = _split(image, kind)
    lab = colours.copy(interpretation="lab")
    shown = lab.icc_export(output_profile="srgb", intent="relative", depth=8)
    return join_alpha(shown, None if alpha is None else alpha.linear(_BYTE, 0.5).cast("uchar"))


def _sign(band: "pyvips.Image") -> "pyvips.Image":
    """Return the number of a signed sample that was read as unsigned: -128 to 128."""
    turn, unit = (256, 1) if band.format == "uchar" else (65536, 256)
    return ((band >= turn / 2).ifthenelse(band - turn, band)) / unit
