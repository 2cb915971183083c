"""Connections: heads, keep-alive, pipelining, HEAD, HTTP/1.0, slow clients and TLS."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection

import pytest

from local_cloud.server.certificates import Authority
from local_cloud.server.listener import Listener
from local_cloud.server.wire import Client, Request, Response
from tests.local_cloud.server.conftest import Echo, Raw

HOST = b"Host: x\r\n"
REQUEST = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"GET /a/b?c=d%20e&f HTTP/1.1", "/a/b?c=d%20e&f"),
        (b"GET //a//b HTTP/1.1", "//a//b"),
        (b"GET http://x/a?b=c HTTP/1.1", "/a?b=c"),
        (b"GET http://x//a HTTP/1.1", "//a"),
        (b"GET http://x HTTP/1.1", "/"),
        (b"GET http://x?b HTTP/1.1", "/?b"),
        (b"GET http://x//a//b?c=//d HTTP/1.1", "//a//b?c=//d"),
        (b"GET HTTPS://X:443/%2F HTTP/1.1", "/%2F"),
    ],
)
def test_a_target_keeps_its_form(raw: Raw, line: bytes, target: str) -> None:
    raw.say(line + b"\r\n" + HOST + b"\r\n")
    found = json.loads(raw.read()[2])
    assert (found["target"], found["path"]) == (target, target.partition("?")[0])


def test_an_absolute_target_names_the_host(raw: Raw) -> None:
    raw.say(b"GET http://A.example:8080/ HTTP/1.1\r\nHost: other\r\n\r\n")
    assert json.loads(raw.read()[2])["host"] == "a.example:8080"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET a HTTP/1.1\r\n" + HOST, 400),
        (b"GET ftp://x/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET http:///a HTTP/1.1\r\n" + HOST, 400),
        (b"GET http://[x/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET http://x:port/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET http://user@x/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"no colon\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 3\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b": no name\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: x\r\n" + HOST, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: folded\r\n value\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 200, 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 70_000 + b"\r\n", 431),
        (b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\n" + HOST, 414),
        (b"GET / HTTP/x\r\n" + HOST, 400),
        (b"GET / HTTP/2.0\r\n" + HOST, 505),
        (b"GET / and more HTTP/1.1\r\n" + HOST, 400),
        (b"BREW / HTTP/1.1\r\n" + HOST, 501),
    ],
)
def test_a_malformed_head_is_refused(raw: Raw, echo: Echo, head: bytes, status: int) -> None:
    raw.say(head + b"\r\n")
    assert raw.read_status() == status
    assert raw.is_closed()
    assert echo.bodies == []


def test_pipelined_requests_are_answered_in_order(raw: Raw) -> None:
    one = b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d"
    raw.say(b"".join(one % (number, number) for number in range(9)))
    assert [raw.read_body() for _ in range(9)] == [str(number) for number in range(9)]


@pytest.mark.parametrize(
    ("version", "option", "then"),
    [
        (b"1.1", b"keep-alive", "kept"),
        (b"1.1", b"close", "closed"),
        (b"1.1", b"TE, Close", "closed"),
        (b"1.0", b"", "closed"),
        (b"1.0", b"Keep-Alive", "kept"),
        (b"1.0", b"TE, keep-alive", "kept"),
    ],
)
def test_a_connection_is_kept_as_its_client_wishes(raw: Raw, version: bytes, option: bytes, then: str) -> None:
    request = b"GET / HTTP/" + version + b"\r\nConnection: " + option + b"\r\n" + HOST + b"\r\n"
    raw.say(request)
    _, headers, _ = raw.read()
    if then == "closed":
        assert headers["connection"] == "close"
        assert raw.is_closed()
    else:
        assert headers.get("connection", "keep-alive") == "keep-alive"
        raw.say(request)
        assert raw.read_status() == 200


def test_an_empty_line_before_a_request_is_ignored(raw: Raw) -> None:
    raw.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na\r\n" + REQUEST)
    assert [raw.read_status(), raw.read_status()] == [200, 200]


def test_http_1_0_needs_no_host(raw: Raw) -> None:
    raw.say(b"GET / HTTP/1.0\r\n\r\n")
    assert raw.read_status() == 200


def test_a_head_request_gets_no_body(raw: Raw) -> None:
    raw.say(b"HEAD /first HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /second HTTP/1.1\r\n" + HOST + b"\r\n")
    status, headers = raw.read_head()
    assert status == 200
    assert int(headers["content-length"]) > 0
    assert json.loads(raw.read()[2])["target"] == "/second"


Answering = Callable[[Callable[[Client], Response | None]], Raw]


@pytest.fixture
def answering(authority: Authority) -> Iterator[Answering]:
    """Return a function that connects to a listener with the given answer."""
    opened: list[Raw | Listener] = []

    def connect(answer: Callable[[Client], Response | None]) -> Raw:
        def respond(_request: Request, client: Client) -> Response | None:
            return answer(client)

        listener = Listener("answering", respond, authority)
        client = Raw(socket.create_connection(listener.server_address[:2], 5))
        opened.extend((client, listener))
        return client

    yield connect
    for one in opened:
        one.close()


@pytest.mark.parametrize("status", [204, 304])
def test_some_responses_have_no_body(answering: Answering, status: int) -> None:
    statuses = iter((status, 200))
    client = answering(lambda _: Response(next(statuses), body=b"text"))
    client.say(REQUEST, REQUEST)
    found, headers = client.read_head()
    assert (found, headers.keys()) == (status, {"date"})
    assert client.read()[2] == b"text"


def test_a_request_sent_ahead_does_not_end_a_wait(answering: Answering) -> None:
    waits: list[bool] = []

    def answer(client: Client) -> Response:
        waits.append(client.wait(0.1))
        return Response(200)

    client = answering(answer)
    client.say(REQUEST * 2)
    assert [client.read_status(), client.read_status()] == [200, 200]
    assert waits == [True, True]


def test_a_wait_ends_when_the_client_hangs_up(answering: Answering) -> None:
    waits: list[bool] = []
    ended = threading.Event()

    def answer(client: Client) -> Response:
        waits.append(client.wait(30))
        ended.set()
        return Response(200)

    client = answering(answer)
    client.say(REQUEST * 2)
    client.close()
    assert ended.wait(5)
    assert waits[0] is False


def test_a_big_response_waits_for_a_slow_reader(answering: Answering) -> None:
    body = bytes(range(256)) * 40_000
    client = answering(lambda _: Response(200, body=body))
    client.say(REQUEST)
    time.sleep(0.3)
    assert client.read()[2] == body


def test_a_silent_client_delays_no_other(listener: Listener, raw: Raw) -> None:
    with socket.create_connection(listener.server_address[:2], 5) as other:
        other.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        raw.say(REQUEST)
        assert raw.read_status() == 200


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "pictures.localhost", "imagesearch.cn-shanghai.aliyuncs.com"]
)
def test_the_certificate_is_for_the_name_asked_for(listener: Listener, authority: Authority, name: str) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with socket.create_connection(listener.server_address[:2], 5) as plain:
        client = Raw(trusting.wrap_socket(plain, server_hostname=name))
        client.say(REQUEST)
        assert client.read_status() == 200
        client.close()


def test_a_malformed_name_gets_the_ports_own_certificate(listener: Listener, authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with (
        socket.create_connection(listener.server_address[:2], 5) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'no_name'"),
    ):
        trusting.wrap_socket(plain, server_hostname="no_name")


def test_tls_carries_chunks_and_big_bodies(listener: Listener, echo: Echo, authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.path))
    connection = HTTPSConnection("127.0.0.1", listener.server_address[1], context=trusting, timeout=5)
    pieces = [bytes([number]) * 90_000 for number in range(10)]
    for body in (iter(pieces), b"".join(pieces)):
        connection.request("PUT", "/", body=body)
        assert connection.getresponse().read()
    connection.close()
    assert echo.bodies == [b"".join(pieces)] * 2
