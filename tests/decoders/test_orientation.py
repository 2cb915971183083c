"""Images are turned as in libvips and OpenCV (EXIF 2.32, tag 0x0112)."""

from typing import Any

import numpy as np
import pytest

from tests.decoders.comparing import ONE_ENCODE, POLICY, assert_alike, difference, prepared_and_displayed
from tests.decoders.renderers import by_opencv, by_vips
from tests.decoders.sources import encoded, exif, smooth, to_image

CARRIERS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {"quality": 95}),
    ("JPEG", {"quality": 95, "progressive": True}),
    ("PNG", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("file_format", "options"), CARRIERS)
def test_every_orientation_matches_other_decoders(file_format: str, options: dict[str, Any], orientation: int) -> None:
    data = encoded(to_image(), file_format, exif=exif(orientation), **options)
    _, shown = prepared_and_displayed(data)
    assert_alike(shown, by_vips(data))
    assert_alike(shown, by_opencv(data))


def test_the_tolerance_tells_orientations_apart() -> None:
    """Without this, the test above could not fail."""
    ways = [np.rot90(side, turns) for side in (smooth(), np.fliplr(smooth())) for turns in range(4)]
    for one in ways:
        for other in ways:
            if one is not other and one.shape == other.shape:
                assert difference(one, other).mean > 20 * ONE_ENCODE.mean


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_invalid_orientation_turns_nothing(orientation: int) -> None:
    prepared, shown = prepared_and_displayed(encoded(to_image(), "PNG", exif=exif(orientation)), POLICY)
    assert (prepared.width, prepared.height) == (prepared.source_width, prepared.source_height)
    assert_alike(shown, smooth())
