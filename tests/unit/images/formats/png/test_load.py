"""Pixels of a PNG."""

import zlib

import pytest

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.png.png_files import pack_rows, png_of
from tests.unit.images.pictures import (
    encoded,
    quarters,
    refuse,
    run,
)

SMALL = Policy(longest_side=160)


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_png_without_its_last_rows_is_corrupt(share: float) -> None:
    data = pack_rows(quarters())
    whole = len(data) // 200
    stopped = zlib.compress(data[: int(200 * share) * whole])
    assert refuse(png_of(2, stopped)) == (
        Reason.CORRUPT_IMAGE,
        "the PNG data cannot be decoded: its last rows are missing",
    )


def test_a_png_that_ends_in_black_is_sound() -> None:
    image = quarters()
    image.paste((0, 0, 0), (0, 150, 320, 200))
    _, seen = run(encoded(image, "PNG"), SMALL)
    assert seen.size == (160, 100)
