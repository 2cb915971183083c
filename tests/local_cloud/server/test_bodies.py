"""Bodies in chunks, expectations, and what is refused before a service sees it."""

import time

import pytest

from tests.local_cloud.server.conftest import MAX_BODY_BYTES, Echo, Raw

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        (b"0\r\n\r\n", ""),
        (b"3\r\nabc\r\n0\r\n\r\n", "abc"),
        (b"1\r\na\r\n00a\r\n\r\n12345678\r\n0000\r\n\r\n", "a\r\n12345678"),
        (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        (b'2;name=value;other="a b"\r\nab\r\n0;last\r\n\r\n', "ab"),
        (b"2 ;x\r\nab\r\n0\r\n\r\n", "ab"),
        (b"2\r\nab\r\n0\r\nX-Checksum: 1\r\nX-Empty:\r\n\r\n", "ab"),
    ],
)
def test_chunks_are_one_body(raw: Raw, chunks: bytes, body: str) -> None:
    raw.say(CHUNKED + chunks + NEXT)
    assert raw.read_body() == body
    assert raw.read_status() == 200  # the next request began where the chunks ended


def test_chunks_may_come_one_byte_at_a_time(raw: Raw) -> None:
    for byte in CHUNKED + b"2\r\nab\r\n0\r\nX: y\r\n\r\n":
        raw.say(bytes([byte]))
    assert raw.read_body() == "ab"


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        (b"x\r\n", 400),
        (b"\r\n", 400),
        (b"-1\r\n", 400),
        (b"+1\r\na\r\n", 400),
        (b"0x1\r\na\r\n", 400),
        (b"1_0\r\n", 400),
        (b"1\na\r\n0\r\n\r\n", 400),
        (b"\xd9\xa1\r\na\r\n0\r\n\r\n", 400),
        (b"3\r\nabcd\r\n0\r\n\r\n", 400),
        (b"1" * 17 + b"\r\n", 400),
        (b"1;" + b"x" * 5000 + b"\r\n", 400),
        (b"0\r\nno trailer\r\n\r\n", 400),
        (b"0\r\nspace : x\r\n\r\n", 400),
        (b"0\r\n" + b"X: y\r\n" * 20_000, 431),
        (b"f" * 16 + b"\r\n", 413),
        (b"%x\r\n" % (MAX_BODY_BYTES + 1), 413),
        (b"1\r\na\r\n%x\r\n" % MAX_BODY_BYTES, 413),
    ],
)
def test_malformed_chunks_are_refused(raw: Raw, echo: Echo, chunks: bytes, status: int) -> None:
    raw.say(CHUNKED + chunks)
    assert raw.read_status() == status
    assert raw.is_closed()
    assert echo.bodies == []


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: identity\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400),
        (POST + b"Content-Length: 3, 4\r\n\r\n", 400),
        (POST + b"Content-Length: many\r\n\r\n", 400),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length:\r\n\r\n", 400),
        (POST + b"Content-Length: \xb2\r\n\r\n", 400),
        (POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
    ],
)
def test_a_body_without_a_clear_length_is_refused(raw: Raw, echo: Echo, head: bytes, status: int) -> None:
    raw.say(head)
    assert raw.read_status() == status
    assert raw.is_closed()
    assert echo.bodies == []


@pytest.mark.parametrize("length", [b"3", b"3, 3", b"003", b"3\r\nContent-Length: 3"])
def test_a_length_may_be_repeated(raw: Raw, length: bytes) -> None:
    raw.say(POST + b"Content-Length: " + length + b"\r\n\r\nabc")
    assert raw.read_body() == "abc"


@pytest.mark.parametrize(
    ("head", "body"),
    [(b"Content-Length: 3\r\n", b"abc"), (b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n")],
)
def test_an_expectation_is_answered_before_the_body(raw: Raw, head: bytes, body: bytes) -> None:
    raw.say(POST + b"Expect: 100-Continue\r\n" + head + b"\r\n")
    began = time.monotonic()
    assert raw.read_head() == (100, {})
    assert time.monotonic() - began < 0.5  # curl would begin by itself after a second
    raw.say(body)
    assert raw.read_body() == "abc"


def test_a_body_that_would_be_refused_is_not_asked_for(raw: Raw) -> None:
    raw.say(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1))
    assert raw.read_status() == 413


def test_an_unknown_expectation_is_refused(raw: Raw) -> None:
    raw.say(POST + b"Expect: a-miracle\r\nContent-Length: 3\r\n\r\nabc")
    assert raw.read_status() == 417


def test_http_1_0_knows_no_expectation(raw: Raw) -> None:
    raw.say(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
    assert raw.read_body() == "abc"


def test_a_refusal_reaches_a_client_that_goes_on_sending(raw: Raw) -> None:
    raw.say(POST + b"Content-Length: 8000000\r\n\r\n", *[bytes(1_000_000)] * 8)
    assert raw.read_status() == 413
    assert raw.is_closed()
