"""Bit fields in every place."""

import pytest
from PIL import Image

from tests.unit.images.formats.bmp.bmp_files import STORED, bmp, masks, pack_fields
from tests.unit.images.pictures import (
    BLUE,
    RED,
    WHITE,
    YELLOW,
    assert_quarters,
    close,
    colour_at,
    corners,
    quarters,
    run,
)

_16, _24, _32 = 16, 24, 32
LAYOUTS = {
    "5-6-5": (_16, ((11, 5), (5, 6), (0, 5))),
    "5-5-5": (_16, ((10, 5), (5, 5), (0, 5))),
    "4-4-4": (_16, ((8, 4), (4, 4), (0, 4))),
    "3-10-3": (_16, ((13, 3), (3, 10), (0, 3))),
    "blue first": (_16, ((0, 5), (5, 5), (10, 5))),
    "10-10-10": (_32, ((20, 10), (10, 10), (0, 10))),
    "10-10-10, red last": (_32, ((0, 10), (10, 10), (20, 10))),
    "10-10-10, high": (_32, ((22, 10), (12, 10), (2, 10))),
    "11-11-10": (_32, ((21, 11), (10, 11), (0, 10))),
    "7-18-7": (_32, ((25, 7), (7, 18), (0, 7))),
    "bytes, red first": (_32, ((0, 8), (8, 8), (16, 8))),
    "bytes, high": (_32, ((24, 8), (16, 8), (8, 8))),
    "bytes, mixed": (_32, ((24, 8), (0, 8), (16, 8))),
    "24 bits": (_24, ((0, 8), (8, 8), (16, 8))),
}


@pytest.mark.parametrize("size", [40, 52, 56, 108, 124])
@pytest.mark.parametrize("name", LAYOUTS)
def test_colours_are_found_in_any_bits(name: str, size: int) -> None:
    depth, fields = LAYOUTS[name]
    pixels = pack_fields(STORED, fields, depth // 8)
    tolerance = 22 if name in {"4-4-4", "3-10-3"} else 12
    if size == 40:
        data = bmp(depth, pixels, compression=3, palette=masks(fields))
    else:
        data = bmp(depth, pixels, compression=3, behind=masks(fields), size=size)
    assert_quarters(run(data)[1], tolerance)


@pytest.mark.parametrize(
    "fields",
    [
        (_32, ((16, 8), (8, 8), (0, 8), (24, 8))),
        (_32, ((20, 10), (10, 10), (0, 10), (30, 2))),
        (_32, ((2, 10), (12, 10), (22, 10), (0, 2))),
        (_16, ((8, 4), (4, 4), (0, 4), (12, 4))),
        (_16, ((10, 5), (5, 5), (0, 5), (15, 1))),
    ],
    ids=["8888", "1010102", "alpha first", "4444", "5551"],
)
@pytest.mark.parametrize("kind", ["version 3", "version 5", "alpha bit fields"])
def test_alpha_may_have_bits_of_its_own(fields: tuple[int, tuple[tuple[int, int], ...]], kind: str) -> None:
    image = quarters()
    image.putalpha(Image.new("L", image.size, 255))
    image.paste((0, 0, 0, 0), (160, 0, 320, 100))  # upper right
    depth, places = fields
    pixels = pack_fields(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), places, depth // 8)
    if kind == "alpha bit fields":
        data = bmp(depth, pixels, compression=6, palette=masks(places))
    else:
        data = bmp(depth, pixels, compression=3, behind=masks(places), size=56 if kind == "version 3" else 124)
    prepared, shown = run(data)
    for found, expected in zip(corners(shown), (RED, WHITE, BLUE, YELLOW), strict=True):
        assert close(found, expected, 14)
    assert "flattened" in prepared.steps


def test_samples_reach_white() -> None:
    """All bits set are 255, not 248; half of them are half."""
    half = bmp(16, (0b10000 << 10 | 0b10000 << 5 | 0b10000).to_bytes(2, "little") * (320 * 200))
    full = bmp(16, b"\xff\x7f" * (320 * 200))
    assert close(colour_at(run(half)[1], (9, 9)), (132, 132, 132), 2)
    assert colour_at(run(full)[1], (9, 9)) == (255, 255, 255)


def test_bit_fields_of_zeros_mean_the_usual_ones() -> None:
    data = bmp(32, STORED.tobytes("raw", "BGRX"), compression=3, palette=bytes(12))
    assert_quarters(run(data)[1])


def test_rows_of_odd_width_are_padded() -> None:
    odd = STORED.crop((0, 0, 319, 200))
    fields = ((11, 5), (5, 6), (0, 5))
    packed = pack_fields(odd, fields, 2)
    rows = b"".join(packed[at : at + 638] + b"??" for at in range(0, len(packed), 638))
    assert_quarters(run(bmp(16, rows, compression=3, palette=masks(fields), sides=(319, 200)))[1], 12)


@pytest.mark.parametrize(("depth", "raw"), [(24, "BGR"), (32, "BGRX")])
def test_bits_above_the_pixel_do_not_count(depth: int, raw: str) -> None:
    behind = masks(((16, 8), (8, 8), (0, 8))) + b"\0\0\0\xff" * (depth == 24)
    assert_quarters(run(bmp(depth, STORED.tobytes("raw", raw), compression=3, behind=behind, size=56))[1])


def test_a_colour_without_bits_is_missing() -> None:
    data = bmp(32, STORED.tobytes("raw", "BGRX"), compression=3, palette=b"\0\0\0\0\0\xff\0\0\xff\0\0\0")
    assert close(colour_at(run(data)[1], (20, 20)), (0, *RED[1:]), 12)
