import struct

import pytest
from PIL import Image

from imagesearch_ingest.images.formats.gif import pass_through as gif
from tests.unit.images.formats.stripping import (
    SECRET,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
)
from tests.unit.images.pictures import encoded, noise, quarters

IMAGE = noise(120, 110).quantize(256)
PLAIN = encoded(IMAGE, "GIF", interlace=0)
SCREEN, COLOURS, FRAME = PLAIN[:13], PLAIN[13 : 13 + 768], PLAIN[13 + 768 : -1]
FEW = encoded(quarters(120, 110).quantize(4), "GIF", interlace=0)


def extension(label: int, *blocks: bytes) -> bytes:
    return bytes((0x21, label)) + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def gif_of(*blocks: bytes, screen: bytes = SCREEN, colours: bytes = COLOURS) -> bytes:
    return screen + colours + b"".join(blocks) + b";"


def framed(left: int = 0, top: int = 0, width: int = 120, height: int = 110) -> bytes:
    return b"," + struct.pack("<HHHH", left, top, width, height) + FRAME[9:]


def test_a_plain_file_stays_bit_for_bit() -> None:
    assert FRAME[:1] == b","
    assert assert_stripped(gif, PLAIN).data == PLAIN
    assert assert_stripped(gif, b"GIF87a" + PLAIN[6:]).data == b"GIF87a" + PLAIN[6:]
    interlaced = encoded(IMAGE, "GIF", interlace=1)
    assert interlaced != PLAIN
    assert assert_stripped(gif, interlaced).data == interlaced


def test_an_image_may_have_its_own_colour_table() -> None:
    screen = SCREEN[:10] + b"\0\0\0"
    own = FRAME[:9] + b"\x87" + COLOURS + FRAME[10:]
    assert_stripped(gif, gif_of(own, screen=screen, colours=b""))
    assert_stripped(gif, gif_of(own))


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (extension(0xFE, SECRET, SECRET), "comment"),
        (extension(0xFF, b"NETSCAPE2.0", b"\1\0\0"), "application data"),
        (extension(0xFF, b"XMP DataXMP", SECRET), "XMP"),
        (extension(0xF9, b"\0\x0a\0\0"), "graphic control"),
        (extension(0x01, bytes(12), SECRET), "text"),
        (extension(0x77, SECRET), "other extensions"),
    ],
    ids=["comment", "application", "XMP", "control", "text", "unknown"],
)
def test_extensions_are_removed(block: bytes, name: str) -> None:
    assert assert_stripped(gif, gif_of(block, FRAME), name).data == PLAIN
    assert assert_stripped(gif, gif_of(block, FRAME, block), name).data == PLAIN


def test_trailing_data_is_removed() -> None:
    assert_no_archive_is_left(gif, PLAIN)
    assert assert_stripped(gif, PLAIN + PLAIN, "trailing data").data == PLAIN


def test_files_written_by_pillow_are_kept() -> None:
    for image in (noise().convert("L"), noise().convert("1"), quarters().quantize(4)):
        assert_stripped(gif, encoded(image, "GIF", comment=SECRET), "comment")


def _past_its_colours() -> bytes:
    """Return an image whose pixels name four colours, with a table of two."""
    at = FEW.index(b",", 13 + 12)
    return FEW[:10] + b"\x80" + FEW[11 : 13 + 6] + FEW[at:]


UNSUITABLE = {
    "transparency": gif_of(extension(0xF9, b"\1\0\0\0"), FRAME),
    "transparency after the image": gif_of(FRAME, extension(0xF9, b"\1\0\0\0")),
    "a control of odd length": gif_of(extension(0xF9, b"\0\0\0\0\0"), FRAME),
    "two images": gif_of(FRAME, FRAME),
    "an animation": encoded(IMAGE, "GIF", save_all=True, append_images=[noise(120, 110, spread=9)]),
    "no image": gif_of(extension(0xFE, SECRET)),
    "an image off the corner": gif_of(framed(1, 0, 119), screen=SCREEN),
    "an image lower down": gif_of(framed(0, 1)),
    "a smaller image": gif_of(framed(height=109)),
    "a larger image": gif_of(framed(width=121)),
    "no colours": gif_of(FRAME, screen=SCREEN[:10] + b"\0\0\0", colours=b""),
    "pixels past the colours": _past_its_colours(),
    "codes of one bit": gif_of(FRAME[:10] + b"\1" + FRAME[11:]),
    "codes of nine bits": gif_of(FRAME[:10] + b"\x09" + FRAME[11:]),
    "an unknown block": gif_of(FRAME, b"\x00"),
    "no trailer": PLAIN[:-1],
    "a hundred comments and one": gif_of(extension(0xFE, SECRET) * 101, FRAME),
    "a comment in small pieces": gif_of(extension(0xFE, *[b"a"] * 20_000), FRAME),
    "another version": b"GIF90a" + PLAIN[6:],
    "pixel data that stops early": gif_of(FRAME[: 11 + 256] + b"\0"),
    "pixel data that is not there": gif_of(FRAME[:11] + b"\0"),
}


@pytest.mark.parametrize("data", UNSUITABLE.values(), ids=UNSUITABLE.keys())
def test_other_files_need_decoding(data: bytes) -> None:
    assert_needs_decoding(gif, data)


def test_damage_never_passes() -> None:
    assert_cut_anywhere_is_refused(gif, PLAIN)
    assert_damage_never_passes(gif, PLAIN)
    assert_damage_never_passes(gif, FEW)
    assert_damage_never_passes(gif, gif_of(extension(0xF9, bytes(4)), extension(0xFE, SECRET), FRAME))
    assert_damage_never_passes(gif, encoded(Image.linear_gradient("L").resize((120, 110)), "GIF"))
