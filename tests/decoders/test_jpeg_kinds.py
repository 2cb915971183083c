"""JPEGs of cameras, browsers and old programs are decoded as in libvips and OpenCV."""

from typing import Any

import pytest

from tests.decoders.comparing import assert_agrees
from tests.decoders.renderers import by_opencv, by_vips
from tests.decoders.sources import encoded, smooth, to_image

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("baseline", {}),
    ("progressive", {"progressive": True}),
    ("restarts", {"restart_marker_rows": 1}),
    ("4:4:4", {"subsampling": "4:4:4"}),
    ("4:2:2", {"subsampling": "4:2:2"}),
    ("4:2:0", {"subsampling": "4:2:0"}),
    ("RGB", {"keep_rgb": True}),
]


@pytest.mark.parametrize("size", [(320, 208), (317, 203)], ids=["whole blocks", "cut blocks"])
@pytest.mark.parametrize("options", [options for _, options in KINDS], ids=[name for name, _ in KINDS])
def test_every_kind_matches_other_decoders(options: dict[str, Any], size: tuple[int, int]) -> None:
    data = encoded(to_image(smooth(*size)), "JPEG", quality=95, **options)
    assert_agrees(data, by_vips(data))
    assert_agrees(data, by_opencv(data))


def test_rgb_is_not_read_as_ycbcr() -> None:
    """Transform 0 in Adobe's segment means that the bands are red, green and blue."""
    data = encoded(to_image(), "JPEG", quality=95, keep_rgb=True)
    assert data[data.index(b"Adobe") + 11] == 0
    assert_agrees(data, smooth())
