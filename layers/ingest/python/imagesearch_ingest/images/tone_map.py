"""Map the brightness of PQ and HLG (ITU-R BT.2100) to sRGB, as Chromium does on a display without HDR (ADR 35).

Light is measured in units of the reference white, 203 cd/m2 (ITU-R BT.2408, section 2.1). The operator is the Reference
White Tone Mapping Operator (SMPTE ST 2094-50, annex C): one gain for the three bands, by the brightest of them.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from imagesearch_ingest.images.coded_colour import CodedColour, Matrix, find_matrix
from imagesearch_ingest.images.vips import get_vips

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_REFERENCE_WHITE = 203  # cd/m2
_PQ_PEAK, _HLG_PEAK = 10_000, 1_000  # cd/m2
_USUAL_PEAK = 1_000  # cd/m2, of a picture that does not say its own
_BRIGHTEST = _PQ_PEAK / _REFERENCE_WHITE
_BT2020 = 9
_LUMINANCE = (0.2627, 0.6780, 0.0593)  # of BT.2020's primaries
_LEVELS = 65_535
_KNEE = 0.65  # how far the curve's middle point lies from a straight line (annex C)


def tone_map(image: pyvips.Image, colour: CodedColour) -> pyvips.Image:
    """Return an image of three bands of 8 bits in sRGB. The source has three bands of 8 or 16 bits."""
    light = image.maplut(_list_light(is_hlg=colour.is_hlg, is_narrow=image.format == "uchar"))
    if colour.primaries != _BT2020:
        light = _recombine(light, find_matrix(colour.primaries, _BT2020))
    if colour.is_hlg:
        light = _light_display(light)
    peak = (colour.max_light or _USUAL_PEAK) / _REFERENCE_WHITE
    mapped = light * _look_up(_find_brightest(light), _list_gains(peak), _BRIGHTEST)
    return _look_up(_recombine(mapped, find_matrix(_BT2020)), _list_srgb(), 1.0)


def _light_display(scene: pyvips.Image) -> pyvips.Image:
    """Apply HLG's opto-optical transfer function for a display of 1000 cd/m2 (BT.2100, table 5)."""
    luminance = _recombine(scene, (_LUMINANCE,))
    levels = get_vips().Image.identity(ushort=True) / _LEVELS
    gains = (levels**0.2 * (_HLG_PEAK / _REFERENCE_WHITE)).cast("float")
    return scene * _look_up(luminance, gains, 1.0)


def _find_brightest(image: pyvips.Image) -> pyvips.Image:
    bands = image.bandsplit()
    return bands[0].bandrank(bands[1:], index=len(bands) - 1)


def _recombine(image: pyvips.Image, matrix: Matrix) -> pyvips.Image:
    return image.recomb(get_vips().Image.new_from_array([list(row) for row in matrix]))


def _look_up(image: pyvips.Image, table: pyvips.Image, highest: float) -> pyvips.Image:
    """Return the table's entries for values from 0 to ``highest``. Values beyond get its first or last entry."""
    return image.linear(_LEVELS / highest, 0.5).cast("ushort").maplut(table)


@cache
def _list_light(*, is_hlg: bool, is_narrow: bool) -> pyvips.Image:
    """Return the light of each level: PQ's in reference whites, HLG's of the scene from 0 to 1 (BT.2100)."""
    levels = get_vips().Image.identity(ushort=not is_narrow)
    signal = levels / (levels.width - 1)
    return (_decode_hlg(signal) if is_hlg else _decode_pq(signal)).cast("float").copy_memory()


def _decode_pq(signal: pyvips.Image) -> pyvips.Image:
    """Apply PQ's transfer function (BT.2100, table 4)."""
    power = signal ** (32 / 2523)
    ratio = (power - 3424 / 4096) / (2413 / 128 - power * (2392 / 128))
    return (ratio > 0).ifthenelse(ratio, 0) ** (16384 / 2610) * (_PQ_PEAK / _REFERENCE_WHITE)


def _decode_hlg(signal: pyvips.Image) -> pyvips.Image:
    """Apply the inverse of HLG's opto-electronic transfer function (BT.2100, table 5)."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * math.log(4 * a)
    bright = (((signal - c) / a).exp() + b) / 12
    return (signal <= 0.5).ifthenelse(signal * signal / 3, bright)  # noqa: PLR2004 (where the two parts meet)


@cache
def _list_gains(peak: float) -> pyvips.Image:
    """Return the gain for each brightness up to the brightest that PQ can express.

    An image without anything brighter than the reference white is not changed. In others, the gain is constant up to
    the reference white. From there to the peak, which becomes white, the brightness follows a quadratic Bezier curve.
    """
    light = get_vips().Image.identity(ushort=True) * (_BRIGHTEST / _LEVELS)
    if peak <= 1:
        return (light * 0 + 1).cast("float")
    white = 1 - 0.5 * min(math.log2(peak) / math.log2(_USUAL_PEAK / _REFERENCE_WHITE), 1)
    across, up = 1 - _KNEE + _KNEE / white, (1 - _KNEE) * white + _KNEE
    a, b = 1 - 2 * across + peak, 2 * across - 2
    along = _take_root(light * (4 * a) + (b * b - 4 * a)) / (2 * a) - b / (2 * a)
    curve = along * along * (white - 2 * up + 1) + along * (2 * up - 2 * white) + white
    mapped = (light > 1).ifthenelse(curve, light * white)
    mapped = (light >= peak).ifthenelse(1, mapped)
    return (light > 0).ifthenelse(mapped / light, white).cast("float").copy_memory()


def _take_root(image: pyvips.Image) -> pyvips.Image:
    return (image > 0).ifthenelse(image, 0) ** 0.5


@cache
def _list_srgb() -> pyvips.Image:
    """Return the level in sRGB, of 8 bits, of each of 65,536 steps of light (IEC 61966-2-1)."""
    light = get_vips().Image.identity(ushort=True) / _LEVELS
    bright = light ** (1 / 2.4) * 1.055 - 0.055
    coded = (light <= 0.0031308).ifthenelse(light * 12.92, bright)  # noqa: PLR2004 (where the two parts meet)
    return (coded * 255 + 0.5).cast("uchar").copy_memory()
