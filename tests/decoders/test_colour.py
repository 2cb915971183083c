"""Colour spaces and profiles become the sRGB that libvips shows, or that a formula defines."""

import numpy as np
import pytest
from PIL import Image

from tests.decoders.comparing import ONE_ENCODE, assert_agrees, assert_alike, difference, prepared_and_displayed
from tests.decoders.profiles import display_p3, printing_press
from tests.decoders.renderers import by_opencv, by_vips
from tests.decoders.sources import SIZE, encoded, smooth, to_image

_ADOBE = b"\xff\xee\x00\x0eAdobe"


def _inks() -> np.ndarray:
    """Draw cyan, magenta and yellow like red, green and blue elsewhere, with black increasing downwards."""
    return np.concatenate([smooth(), np.flipud(smooth()[:, :, 1:2]) // 2], axis=2)


def _plain_formula(inks: np.ndarray) -> np.ndarray:
    """Return R = 255 (1 - C) (1 - K) and so on, as browsers and ImageMagick show CMYK without a profile.

    libvips does not use the formula: it assumes a press profile, and the result is some twenty levels away.
    """
    light = 255.0 - inks
    return np.rint(light[:, :, :3] * light[:, :, 3:] / 255).astype(np.uint8)


def _cmyk(inks: np.ndarray) -> Image.Image:
    return Image.frombytes("CMYK", SIZE, inks.tobytes())


def _adobe_jpeg(inks: np.ndarray) -> bytes:
    """Write CMYK like Photoshop: inverted, with an Adobe APP14 segment that says so."""
    data = encoded(_cmyk(inks), "JPEG", quality=95)
    assert _ADOBE in data
    return data


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_with_a_profile_uses_it(file_format: str) -> None:
    data = encoded(_cmyk(_inks()), file_format, quality=95, icc_profile=printing_press())
    expected = by_vips(data)
    assert difference(expected, _plain_formula(_inks())).mean > 5 * ONE_ENCODE.mean, "the profile makes no difference"
    assert_agrees(data, expected)


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_uses_the_plain_formula(file_format: str) -> None:
    assert_agrees(encoded(_cmyk(_inks()), file_format, quality=95), _plain_formula(_inks()))


def test_adobe_cmyk_is_inverted_like_in_opencv() -> None:
    """OpenCV reads every CMYK JPEG as Adobe's, with the same plain formula."""
    data = _adobe_jpeg(_inks())
    assert_agrees(data, by_opencv(data))


def test_cmyk_without_adobe_marker_is_inverted() -> None:
    """No standard defines it. Browsers invert it, since files without the segment have inverted inks, too."""
    data = _adobe_jpeg(_inks())
    at = data.index(_ADOBE)
    data = data[:at] + data[at + 16 :]
    assert_agrees(data, _plain_formula(_inks()))
    assert_agrees(data, by_opencv(data))


def test_ycck_is_converted_to_cmyk_first() -> None:
    """Transform 2 (Adobe technical note 5116): luma and chroma of the inks, and inverted black, as four bands."""
    inks = _inks()
    rotated = np.asarray(Image.fromarray(inks[:, :, :3]).convert("YCbCr"))
    data = _adobe_jpeg(np.concatenate([255 - rotated, inks[:, :, 3:]], axis=2))
    at = data.index(_ADOBE) + 15
    data = data[:at] + b"\x02" + data[at + 1 :]
    assert_agrees(data, _plain_formula(inks))
    assert_agrees(data, by_opencv(data))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_display_p3_becomes_srgb(file_format: str) -> None:
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(to_image(), file_format, quality=95, icc_profile=display_p3(), **lossless)
    expected = by_vips(data)
    assert difference(expected, smooth()).mean > 5 * ONE_ENCODE.mean, "the profile makes no difference"
    _, shown = prepared_and_displayed(data)
    assert_alike(shown, expected)


def test_display_p3_follows_its_definition() -> None:
    """Check once without LittleCMS, which both libvips and Pillow use.

    Only colours inside both gamuts are compared, since libraries clip others differently. The matrix converts linear P3
    to linear sRGB, both with white D65 (CSS Color 4, section 10).
    """
    matrix = [[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786361, 1.0982736]]
    muted = (smooth() * 0.3 + 90).astype(np.uint8)
    encoded_levels = muted / 255
    linear = np.where(encoded_levels <= 0.04045, encoded_levels / 12.92, ((encoded_levels + 0.055) / 1.055) ** 2.4)
    converted = np.clip(linear @ np.array(matrix).T, 0, 1)
    levels = np.where(converted <= 0.0031308, converted * 12.92, 1.055 * converted ** (1 / 2.4) - 0.055)
    assert_agrees(encoded(to_image(muted), "PNG", icc_profile=display_p3()), np.rint(levels * 255).astype(np.uint8))


def test_a_profile_of_another_colour_space_is_ignored() -> None:
    assert_agrees(encoded(to_image(), "PNG", icc_profile=printing_press()), smooth())
