"""JPEGs whose last rows are missing although they have an end."""

from typing import Any

import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.images import prepare
from tests.unit.images.pictures import (
    POLICY,
    encoded,
    noise,
    quarters,
    refuse_corrupt,
)


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 4}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_jpeg_without_its_last_rows_is_corrupt(options: dict[str, int], mode: str, share: float) -> None:
    data = encoded(noise(spread=90).convert(mode), "JPEG", **options)
    assert "its last rows are missing" in refuse_corrupt(data[: int(len(data) * share)] + b"\xff\xd9")


def test_a_jpeg_cut_at_a_restart_is_corrupt() -> None:
    data = encoded(noise(), "JPEG", restart_marker_rows=1)
    for restart in (b"\xff\xd1", b"\xff\xd2", b"\xff\xd3"):
        refuse_corrupt(data[: data.index(restart)] + b"\xff\xd9")


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_complete_jpeg_may_end_in_grey(options: dict[str, Any], mode: str) -> None:
    grey = quarters()
    ImageDraw.Draw(grey).rectangle((0, 120, 320, 200), fill=(128, 128, 128))
    assert prepare(encoded(grey.convert(mode), "JPEG", **options), POLICY).height == 200
    flat = Image.new(mode, (320, 200), 128 if mode == "L" else (128,) * len(mode))
    assert prepare(encoded(flat, "JPEG", **options), POLICY).height == 200
