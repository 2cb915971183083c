import struct

import pytest
from PIL import Image

from imagesearch_ingest.images.formats.bmp import pass_through as bmp
from tests.unit.images.formats.stripping import (
    SECRET,
    accepted,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
    pixels,
)
from tests.unit.images.pictures import noise, quarters

COLOUR, BY_PALETTE = noise(123, 110), noise(123, 110).quantize(256)
PALETTE = bytes(
    level for entry in zip(*[iter(BY_PALETTE.getpalette() or [])] * 3, strict=True) for level in (*entry[::-1], 0)
)


def rows(depth: int) -> bytes:
    """Return rows of 123x110 pixels of noise, so that every bit counts."""
    if depth == 24:
        return COLOUR.tobytes("raw", "BGR", (123 * 3 + 3) // 4 * 4, -1)
    if depth == 8:
        return BY_PALETTE.tobytes("raw", "P", 124, -1)
    return noise(200, 110).tobytes()[: (123 * depth + 31) // 32 * 4 * 110]


def built(
    depth: int = 24,
    *,
    height: int = 110,
    planes: int = 1,
    compression: int = 0,
    colours: int = 0,
    palette: bytes = b"",
    extra: bytes = b"",
    gap: bytes = b"",
    resolution: int = 0,
    pixels: bytes | None = None,
) -> bytes:
    info = struct.pack("<iiHHIIiiII", 123, height, planes, depth, compression, 0, *[resolution] * 2, colours, 0) + extra
    before = struct.pack("<I", 4 + len(info)) + info + palette + gap
    stored = rows(depth) if pixels is None else pixels
    return struct.pack("<2sIHHI", b"BM", 14 + len(before) + len(stored), 0, 0, 14 + len(before)) + before + stored


def version(size: int, colour_space: bytes = b"BGRs", *, alpha: int = 0) -> bytes:
    """Return the bytes of header version 4 or 5 after the first 40."""
    return (struct.pack("<IIII", 0, 0, 0, alpha) + colour_space).ljust(size - 40, b"\0")


COLOURS_16 = noise(4, 4).tobytes("raw", "BGRX")
TWO = b"\x10\x20\x30\0\xf0\xe0\xd0\0"


@pytest.mark.parametrize(
    ("depth", "palette"), [(24, b""), (8, PALETTE), (4, COLOURS_16), (1, TWO)], ids=["24", "8", "4", "1"]
)
def test_each_depth_is_kept(depth: int, palette: bytes) -> None:
    plain = built(depth, palette=palette)
    stripped = assert_stripped(bmp, plain)
    assert stripped.data[38:] == plain[38:]
    assert int.from_bytes(stripped.data[34:38], "little") == len(rows(depth))


def test_hidden_data_is_removed() -> None:
    plain = assert_stripped(bmp, built()).data
    assert assert_stripped(bmp, built(resolution=2835), "resolution").data == plain
    assert assert_stripped(bmp, built(gap=SECRET), "hidden data").data == plain
    assert assert_stripped(bmp, built(8, palette=PALETTE, gap=SECRET), "hidden data").data[54:1078] == PALETTE
    assert_no_archive_is_left(bmp, built())


@pytest.mark.parametrize("size", [108, 124])
def test_longer_headers_are_shortened(size: int) -> None:
    assert assert_stripped(bmp, built(extra=version(size)), "colour space").data == assert_stripped(bmp, built()).data


def test_a_short_palette_is_filled_up() -> None:
    few = quarters(123, 110).quantize(4).tobytes("raw", "P", 124, -1)
    stripped = assert_stripped(bmp, built(8, colours=4, palette=PALETTE[:16], pixels=few))
    assert stripped.data[54:1078] == PALETTE[:16] + bytes(252 * 4)


def test_a_pixel_past_the_palette_is_black() -> None:
    stripped = accepted(bmp, built(8, colours=4, palette=PALETTE[:16], pixels=b"\xc8" * 124 * 110))
    assert stripped is not None
    assert pixels(stripped.data) == ((123, 110), bytes(123 * 110 * 3))


def test_black_and_white_in_eight_bits_keeps_its_colours() -> None:
    """Because of the short palette, Pillow would read one bit per pixel."""
    stripes = bytes(column % 2 for column in range(124)) * 110
    stripped = accepted(bmp, built(8, colours=2, palette=b"\0\0\0\0\xff\xff\xff\0", pixels=stripes))
    assert stripped is not None
    expected = Image.frombytes("L", (124, 110), stripes).crop((0, 0, 123, 110)).point(lambda level: level * 255)
    assert pixels(stripped.data)[1] == expected.convert("RGB").tobytes()


GREY_RAMP = b"".join(bytes((level, level, level, 0)) for level in range(16))
UNSUITABLE = {
    "32 bits": built(32, pixels=bytes(123 * 110 * 4)),
    "16 bits": built(16, pixels=bytes(124 * 110 * 2)),
    "2 bits": built(2, palette=COLOURS_16[:16], pixels=bytes(32 * 110)),
    "runs": built(8, compression=1, palette=PALETTE),
    "bit fields": built(compression=3),
    "a PNG inside": built(compression=5),
    "top down": built(height=-110),
    "no rows": built(height=0),
    "two planes": built(planes=2),
    "an OS/2 header": built(extra=bytes(24)),
    "an alpha mask": built(extra=version(108, alpha=0xFF000000)),
    "an embedded profile": built(extra=version(124, b"DEBM")),
    "a linked profile": built(extra=version(124, b"KNIL")),
    "a palette cut short": built(8, palette=PALETTE[:-4]),
    "too many colours": built(4, colours=17, palette=COLOURS_16 + bytes(4)),
    "four bits that Pillow misreads": built(4, palette=GREY_RAMP),
    "a row too few": built(pixels=rows(24)[:-372]),
    "pixels inside the header": built()[:10] + (53).to_bytes(4, "little") + built()[14:],
}


@pytest.mark.parametrize("data", UNSUITABLE.values(), ids=UNSUITABLE.keys())
def test_other_files_need_decoding(data: bytes) -> None:
    assert_needs_decoding(bmp, data)


@pytest.mark.parametrize(
    "data", [built(), built(8, palette=PALETTE), built(4, palette=COLOURS_16)], ids=["24", "8", "4"]
)
def test_damage_never_passes(data: bytes) -> None:
    assert_cut_anywhere_is_refused(bmp, data)
    assert_damage_never_passes(bmp, data)
