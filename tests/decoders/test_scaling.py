"""Images beyond the limit are scaled, and placed as in libvips."""

import pytest

from imagesearch_ingest.images import Policy
from tests.decoders.comparing import Tolerance, assert_alike, prepared_and_displayed
from tests.decoders.renderers import by_vips_scaled
from tests.decoders.sources import encoded, to_image, waves

# Two filters of different sharpness, on waves of about 30 pixels in the result. Measured: 0.7 to 0.95 in the mean, and
# 3. An offset of half a pixel costs 2.7 levels in the mean, one of a whole pixel 5.3.
TWO_FILTERS = Tolerance(1.2, 4)
_PERIOD = 30  # pixels, in the result

CASES = [
    ("JPEG", (6000, 800), 4096),
    ("JPEG", (9000, 600), 4096),
    ("JPEG", (8000, 600), 4096),  # half of it is within the limit
    ("JPEG", (1000, 6000), 1024),
    ("JPEG", (4000, 1000), 1024),  # a quarter of it is within the limit
    ("PNG", (5000, 500), 4096),
    ("TIFF", (3000, 800), 1024),
    ("WEBP", (3000, 800), 1024),
    ("BMP", (3000, 800), 1024),
]


@pytest.mark.parametrize(("file_format", "size", "limit"), CASES)
def test_scaling_matches_other_decoders(file_format: str, size: tuple[int, int], limit: int) -> None:
    source = to_image(waves(*size, period=_PERIOD * max(size) / limit))
    data = encoded(source, file_format, **({"quality": 95} if file_format in {"JPEG", "WEBP"} else {}))
    prepared, shown = prepared_and_displayed(data, Policy(max_side=limit))
    assert limit * 7 / 8 <= max(prepared.width, prepared.height) <= limit
    assert prepared.width / prepared.height == pytest.approx(size[0] / size[1], rel=0.01)
    readable = encoded(source, "PNG", compress_level=1) if file_format == "BMP" else data
    assert_alike(shown, by_vips_scaled(readable, prepared.width, prepared.height), TWO_FILTERS)
