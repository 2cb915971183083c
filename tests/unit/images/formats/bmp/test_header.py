"""Headers and palettes of every kind."""

import struct

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.formats.bmp.header import is_bmp
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.bmp.bmp_files import INDEXED, STORED, bmp, pack_indexes, palette_of
from tests.unit.images.pictures import assert_quarters, encoded, quarters, refuse, refuse_corrupt, run

COLOURS = STORED.tobytes("raw", "BGR")
BYTES = INDEXED.tobytes()


@pytest.mark.parametrize("size", [12, 16, 40, 52, 56, 64, 108, 124])
def test_headers_of_every_size_are_read(size: int) -> None:
    data = encoded(quarters(), "BMP")
    if size == 12:
        header = struct.pack("<IHHHH", 12, 320, 200, 1, 24)
    else:
        header = (struct.pack("<I", size) + data[18:54])[:size].ljust(size, b"\0")
    offset = struct.pack("<I", 14 + size)
    _, image = run(data[:10] + offset + header + data[54:])
    assert_quarters(image)


@pytest.mark.parametrize("longest_side", [320, 160])
def test_a_palette_may_be_short(longest_side: int) -> None:
    """Pillow would read one bit per pixel if the palette is black and white."""
    row = b"\0" * 160 + b"\1" * 160
    data = bmp(8, row * 200, palette=b"\0\0\0\0\xff\xff\xff\0", colours=2)
    _, image = run(data, Policy(longest_side=longest_side))
    assert [image.getpixel((longest_side * share // 8, 20)) for share in (1, 7)] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("colours", [300, 0x12345678], ids=["300", "absurd"])
def test_a_palette_may_announce_too_many_colours(colours: int) -> None:
    palette = palette_of(INDEXED, 256) + bytes(4 * 44)
    assert_quarters(run(bmp(8, BYTES, palette=palette, colours=colours))[1])


def test_a_palette_ends_where_the_pixels_begin() -> None:
    """It announces 256 colours and has four."""
    assert_quarters(run(bmp(8, BYTES, palette=palette_of(INDEXED, 4)))[1])


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_indexes_of_each_depth_are_read(depth: int) -> None:
    data = bmp(depth, pack_indexes(depth), palette=palette_of(INDEXED, 4), colours=4, sides=(320, -200))
    assert_quarters(run(data)[1].transpose(Image.Transpose.FLIP_TOP_BOTTOM))


def test_an_os2_palette_has_three_bytes_a_colour() -> None:
    header = struct.pack("<IHHHH", 12, 320, 200, 1, 8)
    data = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 12) + header + palette_of(INDEXED, 4, entry=3) + BYTES
    assert_quarters(run(data)[1])


@pytest.mark.parametrize("offset", [0, 17])
def test_the_offset_of_the_pixels_may_be_missing(offset: int) -> None:
    assert_quarters(run(bmp(24, COLOURS, offset=offset))[1])
    assert_quarters(run(bmp(8, BYTES, palette=palette_of(INDEXED, 256), offset=offset))[1])


@pytest.mark.parametrize("colours", [4, 252, 256])
def test_an_offset_that_forgets_the_palette_is_corrected(colours: int) -> None:
    """All pixels would be black, as in Chromium. Firefox and Pillow show the picture."""
    assert_quarters(run(bmp(8, BYTES, palette=palette_of(INDEXED, colours), colours=colours, offset=54))[1])


def test_an_offset_without_room_for_a_palette_stays() -> None:
    prepared, _ = run(bmp(8, BYTES, offset=54))
    assert prepared.is_blank


def test_an_array_of_bitmaps_shows_its_first() -> None:
    one = bmp(24, COLOURS)
    moved = one[:10] + (14 + 54).to_bytes(4, "little") + one[14:]
    assert_quarters(run(b"BA" + struct.pack("<IIHH", 14, 0, 0, 0) + moved)[1])


def test_an_embedded_profile_is_applied() -> None:
    """A profile of equal primaries in another order is not at hand: a broken one is named in the steps."""
    behind = b"".join((bytes(16), b"DEBM", bytes(52), struct.pack("<II", 124 + len(COLOURS), 7)))
    prepared, image = run(bmp(24, COLOURS + b"profile", size=124, behind=behind))
    assert_quarters(image)
    assert "rgb to srgb without its profile, which does not fit" in prepared.steps


UNREAD = {
    "a JPEG": bmp(0, b"\xff\xd8", compression=4),
    "a PNG": bmp(0, b"\x89PNG", compression=5),
    "Huffman": bmp(1, bytes(99), compression=3, size=64),
    "64 bits": bmp(64, bytes(320 * 200 * 8)),
    "header of 66 bytes": bmp(24, COLOURS, size=66),
    "compression number 7": bmp(8, BYTES, compression=7),
    "8 bits per pixel in bit fields": bmp(8, BYTES, compression=3, behind=bytes(12)),
    "24 bits per pixel in bit fields": bmp(
        24, COLOURS, compression=3, palette=struct.pack("<3I", 0xFF0000, 0xFF0, 0xF)
    ),
}


@pytest.mark.parametrize("words", UNREAD)
def test_other_kinds_are_refused_by_name(words: str) -> None:
    reason, detail = refuse(UNREAD[words])
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert words in detail
    assert "save it as" in detail


@pytest.mark.parametrize("sides", [(-320, 200), (320, 0), (0, 200)])
def test_impossible_sides_are_corrupt(sides: tuple[int, int]) -> None:
    assert str(sides[0]) in refuse_corrupt(bmp(24, COLOURS, sides=sides))


def test_a_header_that_is_cut_off_is_corrupt() -> None:
    whole = bmp(32, bytes(256_000), compression=3, behind=bytes(12), size=52)
    for end in range(18, 66):
        assert is_bmp(whole[:end])
        refuse_corrupt(whole[:end])
