"""Pixels of a BMP."""

import struct

import pytest
from PIL import Image

from tests.unit.images.formats.bmp.bmp_files import STORED, bmp
from tests.unit.images.pictures import assert_quarters, encoded, quarters, refuse_corrupt, run


def test_an_unset_alpha_is_opaque() -> None:
    alpha_mask = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    clear = STORED.convert("RGBA")
    clear.putalpha(0)
    data = bmp(32, clear.tobytes("raw", "BGRA"), compression=3, behind=alpha_mask, size=124)
    assert_quarters(run(data)[1])


def test_the_fourth_byte_of_plain_pixels_is_no_alpha() -> None:
    rows = STORED.tobytes("raw", "BGR")
    data = bmp(32, b"".join(rows[at : at + 3] + b"\x10" for at in range(0, len(rows), 3)))
    assert_quarters(run(data)[1])


def test_a_bmp_may_be_stored_top_down() -> None:
    data = bytearray(encoded(quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM), "BMP"))
    data[22:26] = struct.pack("<i", -200)
    assert_quarters(run(bytes(data))[1])


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_the_last_row_needs_no_padding(missing: int) -> None:
    image = STORED.crop((0, 0, 319, 200))
    whole = bmp(24, image.tobytes("raw", "BGR", 960), sides=(319, 200))
    assert_quarters(run(whole[: len(whole) - missing])[1])
    assert "last rows are missing" in refuse_corrupt(whole[:-4])
