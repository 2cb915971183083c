import pytest

from imagesearch_ingest.images.conforming import ppm
from tests.unit.images.conforming.proving import (
    SECRET,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_a_touch,
    assert_no_archive_is_left,
    assert_stripped,
)
from tests.unit.images.pictures import encoded, noise

RASTER = noise(120, 110).tobytes()
PLAIN = b"P6\n120 110\n255\n" + RASTER


def test_a_plain_file_is_kept_bit_for_bit() -> None:
    assert assert_stripped(ppm, PLAIN).data == PLAIN
    assert encoded(noise(120, 110), "PPM") == PLAIN


@pytest.mark.parametrize(
    "header", [b"P6\n#%b\n120 110\n255\n", b"P6 120\t#%b\r110\n255\n", b"P6\n120 110 # %b\n # more\n255 "]
)
def test_comments_are_cut(header: bytes) -> None:
    assert assert_stripped(ppm, header % SECRET + RASTER, "comment").data == PLAIN


def test_what_follows_is_cut() -> None:
    assert_no_archive_is_left(ppm, PLAIN)
    assert assert_stripped(ppm, PLAIN + PLAIN, "trailing data").data == PLAIN


@pytest.mark.parametrize(
    "header",
    [
        b"P5\n120 110\n255\n",
        b"P3\n120 110\n255\n",
        b"P6\n120 110\n254\n",
        b"P6\n120 110\n65535\n",
        b"P6\n0 110\n255\n",
        b"P6\n120 0\n255\n",
        b"P6\n12#\n0 110\n255\n",
        b"P6\n120 110\n255#\n",
        b"P6#\n120 110\n255\n",
        b"P6\n-120 110\n255\n",
        b"P6\n120 1100000\n255\n",
    ],
    ids=repr,
)
def test_other_kinds_and_odd_headers_are_left_to_the_ordinary_path(header: bytes) -> None:
    assert_needs_a_touch(ppm, header + RASTER * 3)


def test_damage_never_passes() -> None:
    assert_cut_anywhere_is_refused(ppm, PLAIN)
    assert_damage_never_passes(ppm, PLAIN)


def test_a_header_without_end_costs_no_more_than_its_length() -> None:
    for filler in (b" ", b"#", b"#\n", b" #\n", b"\n# "):
        assert_needs_a_touch(ppm, b"P6\n1 1" + filler * 1_000_000)
