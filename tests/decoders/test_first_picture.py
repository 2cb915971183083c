"""Files with several images show the first, as in libvips and OpenCV."""

import pytest
from PIL import Image

from tests.decoders.comparing import Tolerance, assert_agrees
from tests.decoders.renderers import by_opencv, by_vips
from tests.decoders.sources import encoded, quarters, to_image

FLAT = Tolerance(1, 3)  # as in test_samples


def _others(first: Image.Image) -> list[Image.Image]:
    return [Image.new("RGB", first.size, "black"), first.transpose(Image.Transpose.ROTATE_180)]


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_is_taken(file_format: str) -> None:
    first = quarters()
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(first, file_format, save_all=True, append_images=_others(first), **lossless)
    assert_agrees(data, by_vips(data), FLAT)


def test_the_first_picture_of_a_stereo_pair_is_taken() -> None:
    first = to_image()
    data = encoded(first, "MPO", save_all=True, append_images=_others(first), quality=95)
    assert_agrees(data, by_vips(data))
    assert_agrees(data, by_opencv(data))
