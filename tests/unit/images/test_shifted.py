"""Pictures that lack their first bytes, or that have others in front of them, are named."""

import random

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import encoded, noise, quarters, refuse


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WebP", "AVIF"])
@pytest.mark.parametrize(
    ("front", "words"),
    [
        (b"\xef\xbb\xbf", "a byte order mark: remove that"),
        (b"\xff\xfe", "a byte order mark: remove that"),
        (b"\r\n", "white space: remove that"),
        (b" ", "white space: remove that"),
        (b"\3\0\1\0\xfe\xdc\xba\x98", "8 other bytes: remove them"),
        (random.Random(1).randbytes(200), "200 other bytes: remove them"),
    ],
)
def test_bytes_in_front_of_a_picture_are_named(front: bytes, words: str, file_format: str) -> None:
    reason, detail = refuse(front + encoded(quarters(), file_format))
    assert reason is Reason.NOT_AN_IMAGE
    assert detail == f"it is a picture ({file_format}) behind {words} from the file"


@pytest.mark.parametrize("front", [b"\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("file_format", ["BMP", "PPM", "TIFF"])
def test_white_space_in_front_of_a_short_signature_is_named(front: bytes, file_format: str) -> None:
    assert refuse(front + encoded(quarters(), file_format))[1].startswith(f"it is a picture ({file_format}) behind ")


@pytest.mark.parametrize(
    ("file_format", "missing", "words"),
    [
        ("JPEG", 1, "a JPEG whose first bytes are missing"),
        ("JPEG", 2, "a JPEG whose first bytes are missing"),
        ("JPEG", 4, "a JPEG whose first bytes are missing"),
        ("JPEG", 8000, "the last part of a JPEG"),
        ("PNG", 1, "a PNG whose first bytes are missing"),
        ("PNG", 2, "a PNG whose first bytes are missing"),
        ("PNG", 8000, "the last part of a PNG"),
        ("GIF", 1, "a GIF whose first bytes are missing"),
        ("WebP", 4, "a WebP whose first bytes are missing"),
        ("AVIF", 2, "a HEIF whose first bytes are missing"),
    ],
)
def test_a_missing_beginning_is_named(file_format: str, missing: int, words: str) -> None:
    options = {"JPEG": {"quality": 95}}.get(file_format, {})
    reason, detail = refuse(encoded(noise(), file_format, **options)[missing:])
    assert (reason, detail) == (Reason.NOT_AN_IMAGE, f"it is {words}: upload the whole file")


@pytest.mark.parametrize(("file_format", "place"), [("PNG", 0), ("PNG", 3), ("JPEG", 2)])
def test_a_damaged_signature_is_named(file_format: str, place: int) -> None:
    data = bytearray(encoded(quarters(), file_format))
    data[place] ^= 0x80
    reason, detail = refuse(bytes(data))
    assert (reason, detail) == (
        Reason.NOT_AN_IMAGE,
        f"it is a {file_format} whose first bytes are damaged: upload it again",
    )
