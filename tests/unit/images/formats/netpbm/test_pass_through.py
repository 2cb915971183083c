import pytest

from imagesearch_ingest.images.formats.netpbm import pass_through as netpbm
from tests.unit.images.formats.stripping import (
    SECRET,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
)
from tests.unit.images.pictures import encoded, noise

RASTER = noise(120, 110).tobytes()
PLAIN = b"P6\n120 110\n255\n" + RASTER


def test_a_plain_file_stays_bit_for_bit() -> None:
    assert assert_stripped(netpbm, PLAIN).data == PLAIN
    assert encoded(noise(120, 110), "PPM") == PLAIN


@pytest.mark.parametrize(
    "header", [b"P6\n#%b\n120 110\n255\n", b"P6 120\t#%b\r110\n255\n", b"P6\n120 110 # %b\n # more\n255 "]
)
def test_comments_are_removed(header: bytes) -> None:
    assert assert_stripped(netpbm, header % SECRET + RASTER, "comment").data == PLAIN


def test_trailing_data_is_removed() -> None:
    assert_no_archive_is_left(netpbm, PLAIN)
    assert assert_stripped(netpbm, PLAIN + PLAIN, "trailing data").data == PLAIN


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
def test_other_kinds_and_headers_need_decoding(header: bytes) -> None:
    assert_needs_decoding(netpbm, header + RASTER * 3)


def test_damage_never_passes() -> None:
    assert_cut_anywhere_is_refused(netpbm, PLAIN)
    assert_damage_never_passes(netpbm, PLAIN)


def test_an_endless_header_is_searched_once() -> None:
    for filler in (b" ", b"#", b"#\n", b" #\n", b"\n# "):
        assert_needs_decoding(netpbm, b"P6\n1 1" + filler * 1_000_000)
