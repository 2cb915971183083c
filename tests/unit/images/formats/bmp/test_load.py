"""Pixels of a BMP."""

import struct

from PIL import Image

from tests.unit.images.pictures import assert_quarters, quarters, run


def test_an_unset_bmp_alpha_is_opaque() -> None:
    alpha_mask = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<IiiHHIIiiII", 124, 320, 200, 1, 32, 3, 0, 0, 0, 0, 0) + alpha_mask
    clear = quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    clear.putalpha(0)
    pixels = clear.tobytes("raw", "BGRA")
    data = b"BM" + struct.pack("<IHHI", 14 + 124 + len(pixels), 0, 0, 14 + 124) + head.ljust(124, b"\0") + pixels
    _, image = run(data)
    assert_quarters(image)
