"""The proxy: tunnels, connections, threads and framing."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import UnretryableException

from local_cloud.image_search import ImageSearchService
from local_cloud.server.wire import Response
from tests.local_cloud.image_search.api import IMAGE_SEARCH, Api, Raw, picture


def _connections() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "local-image-search-connection"]


def _address(service: ImageSearchService) -> tuple[str, int]:
    host, _, port = service.proxy_url.removeprefix("http://").rpartition(":")
    return host, int(port)


def test_an_unknown_host_is_refused_with_a_reason(raw: Raw) -> None:
    for host in ("example.com", "imagesearch.cn-shanghai.aliyuncs.com", "other.oss-cn-shanghai.aliyuncs.com"):
        with pytest.raises(requests.exceptions.ProxyError, match=f"502 {host}:443 is not served here"):
            raw.request("GET", f"https://{host}/")


def test_the_hosts_of_a_neighbour_are_served_by_it_alone(service: ImageSearchService, raw: Raw) -> None:
    service.serve_neighbour(["sts.aliyuncs.com"], lambda request, _: Response(200, "text/plain", request.host.encode()))
    assert raw.request("GET", "https://sts.aliyuncs.com/").text == "sts.aliyuncs.com"
    assert raw.request("GET", f"https://{IMAGE_SEARCH}/").json()["Code"] == "IncompleteSignature"


def test_an_untrusting_client_harms_no_other(service: ImageSearchService, api: Api) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{IMAGE_SEARCH}/", proxies={"https": service.proxy_url}, timeout=2)
    assert api.detail().success is True


def test_a_warm_add_reuses_its_connection(make_service: Callable[..., ImageSearchService]) -> None:
    api = Api(make_service())
    api.add(picture(size=(400, 300)))
    before = set(_connections())
    took = []
    for _ in range(5):
        began = time.monotonic()
        api.add(picture(size=(400, 300)))
        took.append(time.monotonic() - began)
    assert set(_connections()) <= before
    assert sorted(took)[2] < 0.08


def test_a_big_upload_does_not_wait_for_acknowledgements(make_service: Callable[..., ImageSearchService]) -> None:
    api = Api(make_service())
    data = picture("BMP", (1100, 1100))
    api.add(data)
    began = time.monotonic()
    api.add(data)
    assert time.monotonic() - began < 0.5


def test_calls_are_served_concurrently(service: ImageSearchService) -> None:
    service.faults.set_latency("add", 0.3)
    apis = [Api(service) for _ in range(4)]
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda one: one[1].add(picture(), f"p{one[0]}"), enumerate(apis)))
    assert all(body.success for body in bodies)
    assert time.monotonic() - began < 0.9
    assert {entry.product_id for entry in service.entries()} == {"p0", "p1", "p2", "p3"}


def test_the_service_survives_the_sdks_bad_body(api: Api) -> None:
    """The SDK repeats the head of a part for ever when a picture has 16,384 bytes."""
    # Some versions of Python see the broken connection first, others the refused body.
    with pytest.raises((UnretryableException, AlibabaCloudException)):
        api.add(picture().ljust(16_384, b"\0"))
    assert api.add(picture()).success is True


_HANG_UPS = """
import socket, ssl, sys, time
from local_cloud.image_search import ImageSearchService
from local_cloud.server.wire import Response

with ImageSearchService(instance="demo", region="r", access_key_id="i", access_key_secret="s") as service:
    address = ("127.0.0.1", int(service.proxy_url.rpartition(":")[2]))
    trusting = ssl.create_default_context(cafile=service.ca_path)
    for said in (b"", b"GET", b"nonsense\\r\\n\\r\\n", b"GET / HTTP/1.1\\r\\nContent-Length: 9\\r\\n\\r\\nabc"):
        with socket.create_connection(address) as plain:
            plain.sendall(said)
        with socket.create_connection(address) as plain:
            plain.sendall(b"CONNECT openplatform.aliyuncs.com:443 HTTP/1.1\\r\\n\\r\\n")
            plain.recv(1000)
            plain.sendall(said)
        with socket.create_connection(address) as plain:
            plain.sendall(b"CONNECT openplatform.aliyuncs.com:443 HTTP/1.1\\r\\n\\r\\n")
            plain.recv(1000)
            with trusting.wrap_socket(plain, server_hostname="openplatform.aliyuncs.com") as tls:
                tls.sendall(said)
    time.sleep(0.2)
"""


def test_hung_up_clients_are_ignored_silently() -> None:
    # In a process of its own, whose stderr would show warnings and tracebacks of threads.
    run = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-W", "ignore", "-W", "always::ResourceWarning", "-c", _HANG_UPS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: gzip", b"501"),
        (b"Content-Length: many", b"400"),
        (b"Content-Length: 99999999", b"413"),
    ],
)
def test_a_body_without_a_valid_length_is_refused(service: ImageSearchService, head: bytes, status: bytes) -> None:
    with socket.create_connection(_address(service), 1) as client:
        client.sendall(b"POST /_local/reset HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 " + status)
