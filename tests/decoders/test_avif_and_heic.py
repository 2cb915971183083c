"""AVIF looks as in libvips, and HEIC as it was drawn.

The wheels of libvips and OpenCV have no HEIC decoder because of patents.
"""

import numpy as np
import pytest

from tests.decoders.comparing import assert_agrees, difference
from tests.decoders.profiles import display_p3
from tests.decoders.renderers import by_opencv, by_vips
from tests.decoders.sources import encoded, exif, heic, smooth, to_image

# The effect of the eight orientations on rows and columns (EXIF 2.32, tag 0x0112).
_TURNED = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: np.rot90(np.fliplr(pixels), 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(np.fliplr(pixels), -1),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_is_turned_like_in_other_decoders(orientation: int) -> None:
    """Pillow writes the orientation as properties of the container (irot and imir), which OpenCV ignores."""
    data = encoded(to_image(), "AVIF", quality=95, exif=exif(orientation))
    assert_agrees(data, by_vips(data))
    assert difference(by_vips(data), _TURNED[orientation](smooth())).mean < 2


def test_avif_in_display_p3_becomes_srgb() -> None:
    data = encoded(to_image(), "AVIF", quality=95, icc_profile=display_p3())
    assert_agrees(data, by_vips(data))


def test_transparency_of_avif_shows_white() -> None:
    half_clear = to_image()
    half_clear.putalpha(half_clear.getchannel("R"))
    data = encoded(half_clear, "AVIF", quality=95)
    assert_agrees(data, by_vips(data))


def test_avif_matches_opencv() -> None:
    data = encoded(to_image(), "AVIF", quality=95)
    assert_agrees(data, by_opencv(data))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_as_it_asks(orientation: int) -> None:
    assert_agrees(heic(to_image(), exif=exif(orientation)), _TURNED[orientation](smooth()))


def test_heic_in_display_p3_becomes_srgb() -> None:
    expected = by_vips(encoded(to_image(), "PNG", icc_profile=display_p3()))
    assert_agrees(heic(to_image(), icc_profile=display_p3()), expected)
