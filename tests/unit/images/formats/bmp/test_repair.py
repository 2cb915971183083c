"""BMPs that Pillow alone would misread."""

import struct

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    RED,
    WHITE,
    assert_quarters,
    close,
    colour_at,
    encoded,
    quarters,
    refuse,
    refuse_corrupt,
    run,
)


@pytest.mark.parametrize("size", [12, 16, 40, 52, 56, 64, 108, 124])
def test_bmp_headers_of_every_size_are_read(size: int) -> None:
    bmp = encoded(quarters(), "BMP")
    if size == 12:
        header = struct.pack("<IHHHH", 12, 320, 200, 1, 24)
    else:
        header = (struct.pack("<I", size) + bmp[18:54])[:size].ljust(size, b"\0")
    offset = struct.pack("<I", 14 + size)
    _, image = run(bmp[:10] + offset + header + bmp[54:])
    assert_quarters(image)


@pytest.mark.parametrize("longest_side", [320, 160])
def test_a_bmp_may_have_a_short_palette(longest_side: int) -> None:
    """Pillow would read one bit per pixel if the palette is black and white."""
    size = 14 + 40 + 8
    header = struct.pack("<IiiHHIIiiII", 40, 320, 200, 1, 8, 0, 0, 0, 0, 2, 0)
    palette, row = b"\0\0\0\0\xff\xff\xff\0", b"\0" * 160 + b"\1" * 160
    data = b"BM" + struct.pack("<IHHI", size + 64_000, 0, 0, size) + header + palette + row * 200
    _, image = run(data, Policy(longest_side=longest_side))
    assert [image.getpixel((longest_side * share // 8, 20)) for share in (1, 7)] == [(0, 0, 0), (255, 255, 255)]


def test_a_bmp_may_be_stored_top_down() -> None:
    bmp = bytearray(encoded(quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM), "BMP"))
    bmp[22:26] = struct.pack("<i", -200)
    _, image = run(bytes(bmp))
    assert_quarters(image)


def test_a_run_length_bmp_may_end_early() -> None:
    codes = b"".join(b"\xff\1\x41\1\0\0" for _ in range(100)) + b"\xa0\1\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, 320, 200, 1, 8, 1, 0, 0, 0, 2, 0)
    palette = bytes((*WHITE, 0, *reversed(RED), 0))
    _, image = run(b"BM" + struct.pack("<IHHI", 62 + len(codes), 0, 0, 62) + header + palette + codes)
    assert close(colour_at(image, (20, 150)), RED)  # stored from the bottom up
    assert close(colour_at(image, (300, 50)), WHITE)


def test_a_run_length_bmp_without_end_is_refused() -> None:
    head = encoded(quarters().convert("P"), "BMP")
    pixels = b"".join(bytes((160, row % 250, 160, row % 250, 0, 0)) for row in range(200)) + b"\0\1"
    offset = int.from_bytes(head[10:14], "little")
    data = head[:30] + (1).to_bytes(4, "little") + head[34:offset] + pixels
    assert prepare(data, POLICY).width == 320
    for share in (0.2, 0.5, 0.9):
        refuse_corrupt(data[: offset + int(len(pixels) * share)])


def test_odd_bmp_bit_fields_are_unsupported() -> None:
    header = struct.pack("<IiiHHIIiiII", 56, 320, 200, 1, 32, 3, 0, 0, 0, 0, 0) + struct.pack(
        "<4I", 0x3FF, 0xFFC00, 0x3FF00000, 0
    )
    data = b"BM" + struct.pack("<IHHI", 70 + 256_000, 0, 0, 70) + header + bytes(256_000)
    assert refuse(data)[0] is Reason.UNSUPPORTED_FORMAT
