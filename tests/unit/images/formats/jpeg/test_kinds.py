"""Kinds of JPEG that are not read are named; they are not called corrupt."""

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.jpeg.parts import EOI, segment
from tests.unit.images.pictures import encoded, quarters, refuse, refuse_corrupt


def with_frame(code: int, *, bits: int = 8, height: int = 200) -> bytes:
    data = bytearray(encoded(quarters(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = code, bits
    data[at + 5 : at + 7] = height.to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (with_frame(0xF7), "JPEG-LS"),
        (with_frame(0xC3), "lossless JPEG"),
        (with_frame(0xC3, bits=16), "lossless JPEG"),
        (with_frame(0xCB), "lossless JPEG with arithmetic coding"),
        (with_frame(0xC5), "hierarchical JPEG"),
        (with_frame(0xCF), "hierarchical JPEG"),
        (with_frame(0xC0, bits=12), "12-bit JPEG"),
        (with_frame(0xC1, bits=12), "12-bit JPEG"),
        (with_frame(0xC2, bits=12), "12-bit JPEG"),
        (
            with_frame(0xC0, height=0)[:-2] + segment(0xDC, b"\0\xc8") + EOI,
            "JPEG whose height follows its pixels (DNL)",
        ),
        (b"\xff\xd8" + segment(0xC0, b"\x08\0\x10\0\x10\2\1\x11\0\2\x11\0"), "JPEG with 2 colour components"),
        (b"\xff\xd8\xff\xde\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + with_frame(0xC0)[2:], "hierarchical JPEG"),
    ],
)
def test_a_kind_that_is_not_read_is_named(data: bytes, name: str) -> None:
    reason, detail = refuse(data)
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert f"that is not read: {name}; save it as an ordinary JPEG" in detail


def test_a_height_of_zero_alone_is_corrupt() -> None:
    assert "its width is 320 and its height 0" in refuse_corrupt(with_frame(0xC0, height=0))
