"""Pictures that were wrapped on their way are named, with what to do instead."""

import base64
import gzip
import json
import time

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import encoded, noise, refuse
from tests.unit.images.wrappings import WRAPPINGS

FORMATS = ["JPEG", "PNG", "WebP", "AVIF"]
MASKED = {("quoted-printable text", "PNG"), ("quoted-printable text", "WebP")}  # their first bytes are text


def picture(file_format: str) -> bytes:
    return encoded(noise(160, 120), file_format)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_picture_is_named(name: str, file_format: str) -> None:
    if (name, file_format) in MASKED:
        return
    reason, detail = refuse(WRAPPINGS[name](picture(file_format)))
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.startswith(f"it is {name.partition(' | ')[0]} that holds a picture ({file_format}): upload ")


def test_advice_depends_on_the_wrapping() -> None:
    data = picture("JPEG")
    assert "set its binary media types" in refuse(base64.b64encode(data))[1]
    assert "behind its comma" in refuse(WRAPPINGS["a data URL"](data))[1]
    assert "the file's part alone" in refuse(WRAPPINGS["a multipart body"](data))[1]
    assert "without Content-Encoding" in refuse(gzip.compress(data))[1]
    assert "Content-Length" in refuse(WRAPPINGS["a signed upload stream (aws-chunked)"](data))[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', "it is a multipart body: upload "),
        (b"HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\nno", "it is an HTTP message with its headers: upload "),
        (b"data:image/svg+xml,%3Csvg/%3E", "it is a data URL that holds a picture (SVG): "),
        (b"data:image/png;base64,", "it is a data URL: upload "),
    ],
)
def test_a_sure_wrapping_is_named_without_a_picture(data: bytes, words: str) -> None:
    reason, detail = refuse(data)
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.startswith(words)


@pytest.mark.parametrize(
    "data",
    [
        b"abcdefghijklmnopqrstuvwxyz",
        base64.b64encode(b"no picture at all, only a sentence of some length"),
        b"1234567890 1234567890 1234567890",
        b"255,216,7,8,9,10,11,12,13,14",
        b"deadbeef" * 40,
        b"---\ntitle: notes\n\nA text with a front matter.\n",
        b"name=value%20of%20a%20form",
        b"Dear all:\n\nthe pictures follow.\n",
        json.dumps({"data": base64.b64encode(b"only a sentence, no picture").decode()}).encode(),
        b"10\r\nlines of a text\r\n",
    ],
)
def test_other_texts_stay_texts(data: bytes) -> None:
    reason, detail = refuse(data)
    assert reason is Reason.NOT_AN_IMAGE
    assert detail.startswith(("it looks like text;", "it looks like JSON text;"))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":"' * 100_000,
        b"<!--" * 250_000,
        b"<!DOCTYPE svg [" + b"<!--" * 200_000,
        b"<!DOCTYPE svg " + b"'\"" * 200_000,
        b"--a\r\n" + b"b:\r\n" * 300_000,
        b"0x,: " * 200_000,
        b"a:\r\n " * 200_000,
        b"[" * 1_000_000,
        b"1 " * 500_000,
        b"data:" + b";" * 1_000_000,
        b"=" * 1_000_000,
        b"\\" * 1_000_000,
        b"%" * 1_000_000,
        b"\n" * 1_000_000,
        base64.b64encode(base64.b64encode(base64.b64encode(bytes(500_000)))),
        b"#define " + b"/*" * 400_000,
        gzip.compress(gzip.compress(bytes(20_000_000))),
        b"\xff" * 999_999 + b"\xd9",
        "\ufffd\0".encode() * 300_000,
    ],
    ids=range(19),
)
def test_texts_made_to_take_long_are_refused_at_once(data: bytes) -> None:
    begun = time.process_time()
    assert refuse(data)[0] is Reason.NOT_AN_IMAGE
    assert time.process_time() - begun < 0.5
