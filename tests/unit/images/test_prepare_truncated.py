"""A file that is cut short is refused: nobody would notice half an image in the index."""

from typing import Any

import pytest

from imagesearch_ingest.images import prepare
from tests.unit.images.pictures import POLICY, assert_quarters, encoded, noise, quarters, refuse_corrupt, run

CUT: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("BMP", {}),
    ("GIF", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "jpeg"}),
    ("TIFF", {"compression": "packbits"}),
    ("PPM", {}),
]
SHARES = [0.1, 0.2, 1 / 3, 0.5, 2 / 3, 0.8, 0.9, 0.95, 0.99]


@pytest.mark.parametrize(("file_format", "options"), CUT)
def test_a_file_cut_anywhere_is_refused(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(noise(), file_format, **options)
    assert prepare(data, POLICY).width == 320
    for share in SHARES:
        refuse_corrupt(data[: int(len(data) * share)])
    refuse_corrupt(data[:-64])


@pytest.mark.parametrize("file_format", ["BMP", "PPM"])
def test_a_missing_last_byte_is_corrupt(file_format: str) -> None:
    refuse_corrupt(encoded(noise(), file_format)[:-1])


@pytest.mark.parametrize("file_format", ["GIF"])
def test_an_animation_cut_after_its_first_frame_is_refused(file_format: str) -> None:
    small = noise(160, 120)
    data = encoded(small, file_format, save_all=True, append_images=[small, small])
    refuse_corrupt(data[: len(data) * 9 // 10])


def test_a_png_without_its_last_twelve_bytes_is_whole() -> None:
    """They say that the file ends there, and nothing about the picture."""
    data = encoded(quarters(), "PNG")
    for missing in (1, 12):
        assert_quarters(run(data[:-missing])[1])
    animation = encoded(quarters(), "PNG", save_all=True, append_images=[noise(), noise()])
    assert_quarters(run(animation[: len(animation) * 9 // 10])[1])


def test_trailing_data_does_no_harm() -> None:
    for file_format in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM"):
        options = {"quality": 95} if file_format == "JPEG" else {}
        _, image = run(encoded(quarters(), file_format, **options) + b"more" * 100)
        if file_format != "WEBP":
            assert_quarters(image, tolerance=12)
