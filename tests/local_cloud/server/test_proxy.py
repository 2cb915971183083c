"""The proxy: tunnels, absolute URLs, and requests to its own address."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from local_cloud.server.certificates import Authority
from local_cloud.server.proxy import Proxy
from local_cloud.server.wire import Client, Request, Response
from tests.local_cloud.server.conftest import Raw

REQUEST = b"GET /a HTTP/1.1\r\nHost: vendor.example\r\n\r\n"


def _respond(request: Request, _client: Client) -> Response:
    return Response(200, body=f"vendor {request.host} {request.target}".encode())


def _respond_here(request: Request, _client: Client) -> Response:
    return Response(200, body=f"here {request.headers['host']} {request.target}".encode())


@pytest.fixture
def proxy(authority: Authority) -> Iterator[Proxy]:
    opened = Proxy("proxy", _respond, authority, hosts=["vendor.example"], respond_here=_respond_here)
    yield opened
    opened.close()


@pytest.fixture
def raw(proxy: Proxy) -> Iterator[Raw]:
    client = Raw(socket.create_connection(proxy.server_address[:2], 5))
    yield client
    client.close()


def test_an_absolute_url_reaches_its_host(raw: Raw) -> None:
    for url in (
        b"http://vendor.example",
        b"http://VENDOR.example:80",
        b"https://vendor.example",
        b"https://vendor.example:443",
    ):
        raw.say(b"GET " + url + b"/a?b HTTP/1.1\r\nHost: other\r\n\r\n")
        status, _, body = raw.read()
        assert (status, body) == (200, b"vendor vendor.example /a?b")


@pytest.mark.parametrize("url", [b"http://other.example", b"http://vendor.example:8080", b"https://vendor.example:80"])
def test_an_absolute_url_of_another_host_is_refused(raw: Raw, url: bytes) -> None:
    raw.say(b"POST " + url + b"/ HTTP/1.1\r\nHost: vendor.example\r\nContent-Length: 1\r\n\r\nx" + REQUEST)
    status, _, body = raw.read()
    assert status == 502
    assert b"is not served here; served: vendor.example" in body
    assert raw.read_status() == 200


def test_the_proxys_own_address_is_served_straight(raw: Raw, proxy: Proxy) -> None:
    port = b"%d" % proxy.server_address[1]
    for target in (b"/b", b"http://127.0.0.1:" + port + b"/b", b"http://localhost:" + port + b"/b"):
        raw.say(b"GET " + target + b" HTTP/1.1\r\nHost: any\r\n\r\n")
        body = raw.read()[2]
        assert body.startswith(b"here ")
        assert body.endswith(b" /b")


def test_a_tunnel_carries_plain_http_or_tls(raw: Raw, authority: Authority, proxy: Proxy) -> None:
    raw.say(b"CONNECT vendor.example:80 HTTP/1.1\r\nHost: vendor.example:80\r\n\r\n")
    assert raw.read_head()[0] == 200
    raw.say(REQUEST, REQUEST)
    assert [raw.read()[2], raw.read()[2]] == [b"vendor vendor.example /a"] * 2

    with socket.create_connection(proxy.server_address[:2], 5) as plain:
        plain.sendall(b"CONNECT vendor.example:443 HTTP/1.1\r\n\r\n")
        assert plain.recv(1000).startswith(b"HTTP/1.1 200 ")
        trusting = ssl.create_default_context(cafile=str(authority.path))
        tunnel = Raw(trusting.wrap_socket(plain, server_hostname="vendor.example"))
        tunnel.say(REQUEST)
        assert tunnel.read()[2] == b"vendor vendor.example /a"
        tunnel.close()


@pytest.mark.parametrize("place", [b"vendor.example:8443", b"vendor.example", b"other.example:443", b""])
def test_other_tunnels_are_refused(raw: Raw, place: bytes) -> None:
    raw.say(b"CONNECT " + place + b" HTTP/1.1\r\n\r\n")
    assert raw.read_status() in {400, 502}
    assert raw.is_closed()


def test_a_tunnel_within_tls_is_refused(authority: Authority, proxy: Proxy) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with socket.create_connection(proxy.server_address[:2], 5) as plain:
        client = Raw(trusting.wrap_socket(plain, server_hostname="127.0.0.1"))
        client.say(b"CONNECT vendor.example:443 HTTP/1.1\r\n\r\n")
        status, _, body = client.read()
        assert (status, b"begins with http://" in body) == (502, True)
        client.close()
