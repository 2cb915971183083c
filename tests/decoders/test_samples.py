"""Depths, palettes and transparency: samples that Pillow alone would clip, drop or show on black."""

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.decoders.comparing import Tolerance, assert_agrees, assert_alike, prepared_and_displayed
from tests.decoders.renderers import by_opencv, by_vips, has_alpha
from tests.decoders.sources import encoded, png, quarters, smooth, to_image

# Flat colours: fewer than one in a hundred pixels is beside an edge, where half the chroma is the neighbour's.
FLAT = Tolerance(1, 3)
# Dots of black and white side by side consist of edges only. Chroma does not matter.
DOTS = Tolerance(1.5, 8)


def _clear_to_the_right(height: int, width: int) -> np.ndarray:
    return np.broadcast_to(np.linspace(255, 0, width).astype(np.uint8)[None, :, None], (height, width, 1))


def _tiff(pixels: np.ndarray) -> bytes:
    """Write the file with OpenCV, since Pillow writes no colour of 16 bits."""
    return cv2.imencode(".tiff", pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()


@pytest.mark.parametrize("write", [png, _tiff])
@pytest.mark.parametrize("bands", ["grey", "colour"])
def test_16_bits_are_scaled_to_8(write, bands: str) -> None:
    pixels = smooth(highest=65535)
    data = write(pixels if bands == "colour" else np.ascontiguousarray(pixels[:, :, 2]))
    assert_agrees(data, by_vips(data))
    assert_agrees(data, by_opencv(data))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("highest", [255, 65535])
def test_transparency_of_grey_and_of_colour_shows_white(highest: int, *, interlaced: bool) -> None:
    """PNG has grey and colour with alpha, of 8 and 16 bits."""
    pixels = smooth(highest=highest)
    alpha = _clear_to_the_right(*pixels.shape[:2]).astype(pixels.dtype) * (highest // 255)
    for opaque in (pixels, pixels[:, :, 2:]):
        data = png(np.concatenate([opaque, alpha], axis=2), interlaced=interlaced)
        prepared, shown = prepared_and_displayed(data)
        assert_alike(shown, by_vips(data))
        assert not has_alpha(prepared.data)


@pytest.mark.parametrize("file_format", ["WEBP", "TIFF"])
def test_transparency_of_other_formats_shows_white(file_format: str) -> None:
    half_clear = to_image().convert("RGBA")
    half_clear.putalpha(Image.fromarray(_clear_to_the_right(half_clear.height, half_clear.width)[:, :, 0]))
    data = encoded(half_clear, file_format, **({"lossless": True} if file_format == "WEBP" else {}))
    prepared, shown = prepared_and_displayed(data)
    assert_alike(shown, by_vips(data))
    assert not has_alpha(prepared.data)


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_transparent_palette_colours_show_white(file_format: str) -> None:
    """A PNG palette may be partly transparent (tRNS); a GIF has one fully transparent colour."""
    palette = quarters().quantize(4)
    clear = bytes((255, 128, 0, 40)) if file_format == "PNG" else 2
    data = encoded(palette, file_format, transparency=clear)
    prepared, shown = prepared_and_displayed(data)
    assert_alike(shown, by_vips(data), FLAT)
    assert (shown.min(axis=2) > 250).mean() > 0.2, "nothing shows white"
    assert not has_alpha(prepared.data)


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "BMP", "TIFF"])
def test_palettes_become_their_colours(file_format: str) -> None:
    data = encoded(quarters().quantize(16), file_format)
    assert_agrees(data, by_opencv(data), FLAT)


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "PPM"])
def test_pictures_of_one_bit_are_black_and_white(file_format: str) -> None:
    dithered = to_image(smooth(160, 104)).convert("1").resize((640, 416))
    data = encoded(dithered, file_format)
    assert_agrees(data, by_opencv(data), DOTS)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "PPM", "BMP"])
def test_grey_stays_grey(file_format: str) -> None:
    data = encoded(to_image().convert("L"), file_format, quality=95)
    _, shown = prepared_and_displayed(data)
    assert_alike(shown, by_opencv(data))
    assert np.ptp(shown.astype(int), axis=2).max() <= 1


@pytest.mark.parametrize("pixels", [smooth(317, 203), smooth(317, 203)[:, :, 0]], ids=["colour", "grey"])
def test_interlaced_png_is_complete(pixels: np.ndarray) -> None:
    data = png(pixels, interlaced=True)
    assert_agrees(data, by_vips(data))
