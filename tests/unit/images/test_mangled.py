"""Pictures whose bytes were handled as text are refused by name, also if a decoder would still take them."""

import time

import pytest
from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, encoded, noise, quarters, refuse, run

FORMATS = ["JPEG", "PNG", "GIF", "WebP", "AVIF"]
UTF_8 = "that went through a UTF-8 decoder, which destroyed it: upload the bytes as they are; "
AGAIN = "whose bytes were encoded as UTF-8 text: upload the bytes as they are; "
UTF_16 = "that was written as UTF-16 text, as PowerShell's > does: copy the file itself"
ASCII = "whose bytes above 127 are lost, as in a text of ASCII: upload the bytes as they are; "
LINES = "whose line ends were converted, as transfers in text mode do: send it in binary mode"


def picture(file_format: str) -> bytes:
    return encoded(noise(320, 240, spread=127), file_format, **({"quality": 95} if file_format == "JPEG" else {}))


def find_name(file_format: str) -> str:
    return "a HEIF " if file_format == "AVIF" else f"a {file_format} "


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_through_utf_8_is_named(file_format: str) -> None:
    reason, detail = refuse(picture(file_format).decode("utf-8", "replace").encode())
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.startswith(f"it is {find_name(file_format)}{UTF_8}")
    assert detail.endswith("behind an API gateway, set its binary media types")


def test_an_exif_picture_and_a_bare_one_through_utf_8_are_named() -> None:
    exif = Image.Exif()
    exif[274] = 6
    with_exif = encoded(noise(), "JPEG", exif=exif)
    bare = with_exif[:2] + with_exif[with_exif.index(b"\xff\xdb") :]
    for data, name in ((with_exif, "a JPEG "), (bare, "a picture or other binary data ")):
        assert refuse(data.decode("utf-8", "replace").encode())[1].startswith(f"it is {name}{UTF_8}")


@pytest.mark.parametrize("file_format", ["BMP", "PPM", "TIFF"])
def test_pixels_through_utf_8_are_refused_though_they_decode(file_format: str) -> None:
    reason, detail = refuse(picture(file_format).decode("utf-8", "replace").encode())
    assert reason is Reason.NOT_AN_IMAGE
    assert UTF_8 in detail


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("code_page", ["latin-1", "cp1252", "cp437"])
def test_a_picture_encoded_once_more_is_named(code_page: str, file_format: str) -> None:
    reason, detail = refuse(picture(file_format).decode(code_page, "replace").encode())
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.startswith(f"it is {find_name(file_format)}{AGAIN}")


@pytest.mark.parametrize("code_page", ["latin-1", "cp437"])
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_as_utf_16_is_named(file_format: str, code_page: str) -> None:
    reason, detail = refuse(picture(file_format).decode(code_page).encode("utf-16"))
    assert (reason, detail) == (Reason.NOT_AN_IMAGE, f"it is {find_name(file_format)}{UTF_16}")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WebP"])
def test_a_picture_of_seven_bits_is_named(file_format: str) -> None:
    data = picture(file_format)
    for damaged in (
        bytes(byte & 127 for byte in data),
        bytes(byte if byte < 128 else ord("?") for byte in data),
        bytes(byte for byte in data if byte < 128),
    ):
        reason, detail = refuse(damaged)
        assert reason is Reason.NOT_AN_IMAGE
        assert detail.startswith(f"it is a {file_format} {ASCII}")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WebP", "AVIF", "BMP", "TIFF", "PPM"])
def test_converted_line_ends_are_named_though_a_decoder_may_take_them(file_format: str) -> None:
    reason, detail = refuse(picture(file_format).replace(b"\n", b"\r\n"))
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.endswith(LINES)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WebP", "AVIF"])
@pytest.mark.parametrize("replacement", [b"", b"\n"])
def test_lost_carriage_returns_are_named(file_format: str, replacement: bytes) -> None:
    reason, detail = refuse(picture(file_format).replace(b"\r", replacement))
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.endswith(LINES)


@pytest.mark.parametrize("colour", [(13, 10, 40), (10, 13, 10), (195, 169, 1), (239, 191, 189), (10, 10, 10)])
@pytest.mark.parametrize("file_format", ["BMP", "PPM", "TIFF", "PNG", "GIF", "JPEG"])
def test_colours_that_look_like_text_are_prepared(file_format: str, colour: tuple[int, int, int]) -> None:
    image = quarters()
    image.paste(colour, (0, 0, 200, 200))
    for data in (encoded(image, file_format), encoded(Image.new("RGB", (300, 200), colour), file_format)):
        prepare(data, POLICY)


def test_every_value_but_13_may_occur_in_pixels() -> None:
    image = noise(spread=127).point(lambda level: level + (level == 13))
    for file_format in ("BMP", "PPM", "TIFF"):
        assert run(encoded(image, file_format))[1].getpixel((7, 7)) == image.getpixel((7, 7))


def test_a_sound_picture_is_looked_at_for_microseconds() -> None:
    data = encoded(noise(2000, 2000, spread=127), "BMP")
    begun = time.process_time()
    for _ in range(100):
        sniff(data)
    assert time.process_time() - begun < 0.05
