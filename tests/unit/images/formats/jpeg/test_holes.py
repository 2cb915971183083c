"""Zero bytes where pixel data was: an interrupted copy, a bad disk. They decode without an error."""

from typing import Any

import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.images import prepare
from tests.unit.images.formats.jpeg.parts import EOI, data_of_scan, exif_of, with_segment
from tests.unit.images.pictures import POLICY, encoded, noise, quarters, refuse_corrupt

KINDS: list[dict[str, Any]] = [
    {"quality": 95},
    {"quality": 98, "subsampling": 0},
    {"quality": 100, "subsampling": 1},
    {"quality": 95, "optimize": True},
    {"quality": 96, "optimize": True, "subsampling": 1},
    {"quality": 75},
    {"quality": 75, "optimize": True},
    {"quality": 95, "restart_marker_rows": 1},
    {"quality": 95, "progressive": True},
    {"quality": 100, "progressive": True},
]
HOLE = "zero bytes in their place"


def detailed(mode: str = "RGB") -> Image.Image:
    return noise(640, 480, spread=60).convert(mode)


def product(height: int = 480) -> Image.Image:
    """Return an object on white, with much white above and below."""
    image = Image.new("RGB", (640, height), "white")
    image.paste(noise(200, 100), (220, height // 2 - 50))
    return image


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_file_whose_rest_is_zeros_is_corrupt(options: dict[str, Any], mode: str, share: float) -> None:
    data = encoded(detailed(mode), "JPEG", **options)
    start, _ = data_of_scan(data)
    at = start + int((len(data) - start) * share)
    zeros = bytes(len(data) - 2 - at)
    for broken in (data[:at] + zeros + EOI, data[:at] + zeros, data[:at] + zeros + bytes(1000)):
        refuse_corrupt(broken)
        refuse_corrupt(with_segment(broken, exif_of(6)))


@pytest.mark.parametrize("options", KINDS[:5], ids=str)
def test_a_hole_in_between_is_corrupt(options: dict[str, Any]) -> None:
    data = encoded(detailed(), "JPEG", **options)
    for at in (len(data) // 3, len(data) // 2):
        refuse_corrupt(data[:at] + bytes(4096) + data[at + 4096 :])


def test_the_message_says_what_is_missing() -> None:
    data = encoded(detailed(), "JPEG", quality=98, subsampling=0)
    assert HOLE in refuse_corrupt(data[: len(data) // 2] + bytes(len(data) // 2) + EOI)


@pytest.mark.parametrize(
    "options", [{}, {"optimize": True}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_flat_areas_are_no_holes(options: dict[str, Any], mode: str) -> None:
    """With optimised tables, a white area is a long run of zeros."""
    for image in (Image.new("RGB", (640, 480), "white"), product(), product(1600)):
        data = encoded(image.convert(mode), "JPEG", quality=90, **options)
        assert prepare(data, POLICY).width == 640
        assert prepare(data[:-2], POLICY).width == 640
        assert prepare(with_segment(data, exif_of(3)), POLICY).width == 640


def test_the_flat_area_in_question_is_a_run_of_zeros() -> None:
    assert bytes(64) in encoded(product(1600), "JPEG", optimize=True)


@pytest.mark.parametrize("options", KINDS[:8], ids=str)
def test_zeros_behind_the_last_block_do_no_harm(options: dict[str, Any]) -> None:
    data = encoded(detailed(), "JPEG", **options)
    for padding in (bytes(7), bytes(40), bytes(5000)):
        assert prepare(data[:-2] + padding + EOI, POLICY).width == 640
        assert prepare(data[:-2] + padding, POLICY).width == 640


def test_zeros_behind_a_picture_with_flat_areas_do_no_harm() -> None:
    image = product()
    ImageDraw.Draw(image).rectangle((0, 440, 640, 480), fill="black")
    image.paste(quarters(60, 40), (560, 440))
    data = encoded(image, "JPEG", optimize=True)
    assert prepare(data[:-2] + bytes(600) + EOI, POLICY).width == 640


def test_a_flat_area_that_ends_early_is_corrupt() -> None:
    data = encoded(Image.new("RGB", (640, 480), "white"), "JPEG", optimize=True)
    refuse_corrupt(data[:-42] + EOI)
    refuse_corrupt(data[:-42])
