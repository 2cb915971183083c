"""JPEGs of cameras, browsers and old programs are decoded as in libvips and OpenCV."""

from typing import Any

import pytest

from imagesearch_ingest.images import Policy
from tests.decoders.comparing import Tolerance, assert_agrees, assert_alike, prepared_and_displayed
from tests.decoders.renderers import by_opencv, by_vips, by_vips_scaled
from tests.decoders.sources import encoded, smooth, to_image, waves
from tests.unit.images.formats.jpeg.parts import exif_of, non_interleaved, with_segment

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("baseline", {}),
    ("progressive", {"progressive": True}),
    ("progressive, 4:4:4", {"progressive": True, "subsampling": "4:4:4"}),
    ("restarts", {"restart_marker_rows": 1}),
    ("4:4:4", {"subsampling": "4:4:4"}),
    ("4:2:2", {"subsampling": "4:2:2"}),
    ("4:2:0", {"subsampling": "4:2:0"}),
    ("RGB", {"keep_rgb": True}),
    ("RGB, progressive", {"keep_rgb": True, "progressive": True}),
]
SIZES = pytest.mark.parametrize("size", [(320, 208), (317, 203)], ids=["whole blocks", "cut blocks"])
KIND = pytest.mark.parametrize("options", [options for _, options in KINDS], ids=[name for name, _ in KINDS])
# As in test_scaling: two filters of different sharpness.
TWO_FILTERS = Tolerance(1.2, 4)


@SIZES
@KIND
def test_every_kind_matches_other_decoders(options: dict[str, Any], size: tuple[int, int]) -> None:
    data = encoded(to_image(smooth(*size)), "JPEG", quality=95, **options)
    assert_agrees(data, by_vips(data))
    assert_agrees(data, by_opencv(data))


@SIZES
@KIND
def test_every_kind_matches_when_it_is_encoded_anew(options: dict[str, Any], size: tuple[int, int]) -> None:
    """It has to be turned, so it cannot pass through."""
    data = with_segment(encoded(to_image(smooth(*size)), "JPEG", quality=95, **options), exif_of(3))
    assert_agrees(data, by_vips(data))
    assert_agrees(data, by_opencv(data))


@pytest.mark.parametrize("limit", [4096, 1024])
def test_a_scaled_progressive_jpeg_matches(limit: int) -> None:
    source = to_image(waves(6000, 800, period=30 * 6000 / limit))
    data = encoded(source, "JPEG", quality=95, progressive=True)
    prepared, shown = prepared_and_displayed(data, Policy(max_side=limit, min_side=50))
    assert limit * 7 / 8 <= prepared.width <= limit
    assert_alike(shown, by_vips_scaled(data, prepared.width, prepared.height), TWO_FILTERS)


@pytest.mark.parametrize("end", [0, 2], ids=["whole", "without its end"])
def test_a_scan_for_each_component_matches(end: int) -> None:
    data = non_interleaved(to_image(smooth(320, 208)))
    assert_agrees(data[: len(data) - end], by_vips(data))


def test_rgb_is_not_read_as_ycbcr() -> None:
    """Transform 0 in Adobe's segment means that the bands are red, green and blue."""
    data = encoded(to_image(), "JPEG", quality=95, keep_rgb=True)
    assert data[data.index(b"Adobe") + 11] == 0
    assert_agrees(data, smooth())
