"""The proxy: tunnels, keep-alive, threads, the control API, and what is left after closing."""

import gc
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ServerException
from darabonba.exceptions import UnretryableException

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search_api import IMAGE_SEARCH, Api, Raw, picture


def _connections() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "local-image-search-connection"]


def _address(service: ImageSearchService) -> tuple[str, int]:
    host, _, port = service.proxy_url.removeprefix("http://").rpartition(":")
    return host, int(port)


def test_a_host_that_is_not_served_is_refused_in_words(raw: Raw) -> None:
    for host in ("example.com", "imagesearch.cn-shanghai.aliyuncs.com", "other.oss-cn-shanghai.aliyuncs.com"):
        with pytest.raises(requests.exceptions.ProxyError, match=f"502 {host}:443 is not served here"):
            raw.request("GET", f"https://{host}/")


def test_a_client_that_does_not_trust_the_authority_breaks_off_and_harms_nobody(
    service: ImageSearchService, api: Api
) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{IMAGE_SEARCH}/", proxies={"https": service.proxy_url}, timeout=2)
    assert api.detail().success is True


def test_a_warm_add_is_quick_and_opens_no_connection(make_service: Callable[..., ImageSearchService]) -> None:
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


def test_threads_are_served_at_the_same_time(service: ImageSearchService) -> None:
    service.faults.set_latency("add", 0.3)
    apis = [Api(service) for _ in range(4)]
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda one: one[1].add(picture(), f"p{one[0]}"), enumerate(apis)))
    assert all(body.success for body in bodies)
    assert time.monotonic() - began < 0.9
    assert {entry.product_id for entry in service.entries()} == {"p0", "p1", "p2", "p3"}


def test_a_picture_of_the_size_that_the_sdk_cannot_send_does_not_break_the_service(api: Api) -> None:
    """16,384 bytes make the SDK repeat the head of a part for ever."""
    # Whether the connection breaks or the body is refused first differs between versions of Python.
    with pytest.raises((UnretryableException, AlibabaCloudException)):
        api.add(picture().ljust(16_384, b"\0"))
    assert api.add(picture()).success is True


def test_a_busy_port_is_an_oserror(
    service: ImageSearchService, make_service: Callable[..., ImageSearchService]
) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(OSError, match="in use"):
        make_service(port=_address(service)[1])
    assert set(threading.enumerate()) <= threads


def test_closing_leaves_no_thread_no_socket_and_no_folder(make_service: Callable[..., ImageSearchService]) -> None:
    before = set(threading.enumerate())
    service = make_service()
    folder, address = service.ca_path.parent, _address(service)
    Api(service).add(picture())
    # One that is idle in the clear, and one that holds up its handshake.
    with socket.create_connection(address, 1), socket.create_connection(address, 1) as tunnel:
        tunnel.sendall(f"CONNECT {IMAGE_SEARCH}:443 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert tunnel.recv(1000).startswith(b"HTTP/1.1 200")
        service.close()
    service.close()
    assert set(threading.enumerate()) <= before
    assert not folder.exists()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, 1)
    with pytest.raises(RuntimeError, match="not started"):
        _ = service.proxy_url
    # An unclosed socket would say so here, and warnings are errors.
    gc.collect()


def test_closing_does_not_wait_for_stalls_and_latencies(make_service: Callable[..., ImageSearchService]) -> None:
    service = make_service()
    service.faults.add({"leg": "add", "kind": "stall", "seconds": 60})
    service.faults.set_latency("authorize", 60)
    api = Api(service)
    waiting = [
        threading.Thread(target=_fail_to_connect, args=(call,))
        for call in (lambda: api.add_by_url("x"), lambda: api.add(picture()))
    ]
    for thread in waiting:
        thread.start()
    while len(_connections()) < 2:
        time.sleep(0.005)
    time.sleep(0.1)
    began = time.monotonic()
    service.close()
    assert time.monotonic() - began < 0.5
    for thread in waiting:
        thread.join()


def _fail_to_connect(call: Callable[[], object]) -> None:
    with pytest.raises(UnretryableException):
        call()


def test_a_closed_service_starts_again(make_service: Callable[..., ImageSearchService]) -> None:
    service = make_service()
    service.close()
    service.start()
    assert Api(service).add(picture()).success is True


_HANG_UPS = """
import socket, ssl, sys, time
from local_cloud.image_search import ImageSearchService

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


def test_a_client_that_hangs_up_makes_no_noise() -> None:
    # A process of its own: warnings and tracebacks of threads would end on its stderr.
    run = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-W", "ignore", "-W", "always::ResourceWarning", "-c", _HANG_UPS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: many", b"400"),
        (b"Content-Length: 99999999", b"413"),
    ],
)
def test_a_body_that_is_not_framed_by_a_sensible_length_is_refused(
    service: ImageSearchService, head: bytes, status: bytes
) -> None:
    with socket.create_connection(_address(service), 1) as client:
        client.sendall(b"POST /_local/reset HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 " + status)


def test_the_index_can_be_read_and_emptied_over_plain_http(service: ImageSearchService, api: Api) -> None:
    data = picture()
    api.add(data, "a/ü", "a/ü/1.jpg", int_attr=3)
    url = f"{service.proxy_url}/_local"
    with requests.Session() as session:
        (entry,) = session.get(f"{url}/entries", timeout=2).json()
        assert (entry["product_id"], entry["bytes"], entry["attributes"]) == ("a/ü", len(data), {"IntAttr": 3})
        ids = {"product_id": "a/ü", "pic_name": "a/ü/1.jpg"}
        assert session.get(f"{url}/picture", params=ids, timeout=2).content == data
        assert session.get(f"{url}/picture", timeout=2).status_code == 404
        assert [call["leg"] for call in session.get(f"{url}/calls", timeout=2).json()] == ["authorize", "upload", "add"]
        assert session.post(f"{url}/reset", timeout=2).status_code == 200
        assert session.get(f"{url}/entries", timeout=2).json() == []
        assert session.get(f"{url}/calls", timeout=2).json() == []
        unknown = session.get(f"{url}/nothing", timeout=2)
        assert unknown.status_code == 404
        assert "GET /_local/entries" in unknown.json()["error"]


def test_the_index_and_the_authority_survive_a_restart(
    make_service: Callable[..., ImageSearchService], tmp_path: Path
) -> None:
    first = make_service(state_dir=tmp_path / "state")
    api = Api(first)
    api.add(picture(), "shoe", "left", str_attr="ü", crop=False)
    api.add(picture(), "shoe", "right")
    api.add(picture("PNG"), "shoe", "right")
    api.delete("shoe", "left")
    api.add(picture(corner=1), "../../etc", "/a\0b\n")
    entries, authority = first.entries(), first.ca_path.read_bytes()
    first.close()
    second = make_service(state_dir=tmp_path / "state")
    assert sorted(second.entries(), key=lambda entry: entry.ids) == sorted(entries, key=lambda entry: entry.ids)
    assert second.ca_path.read_bytes() == authority
    assert Api(second).search(picture(corner=1)).auctions[0].product_id == "../../etc"
    second.reset()
    second.close()
    assert make_service(state_dir=tmp_path / "state").entries() == []


def test_a_half_written_entry_is_dropped_and_a_broken_one_named(
    make_service: Callable[..., ImageSearchService], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "x.unfinished").write_bytes(b"{")
    assert make_service(state_dir=tmp_path).entries() == []
    assert not (folder / "x.unfinished").exists()
    (folder / "broken.entry").write_bytes(b"{}\n")
    with pytest.raises(ValueError, match=r"broken\.entry"):
        make_service(state_dir=tmp_path)


def test_a_failure_of_the_stand_in_itself_is_a_server_error_and_is_logged(
    make_service: Callable[..., ImageSearchService], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = make_service(state_dir=tmp_path)
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(ServerException) as failed:
        Api(service).add(picture())
    assert failed.value.code == "UnknownException"
    assert service.entries() == []
    assert "FileNotFoundError" in caplog.text


def test_the_authoritys_key_is_its_owners_alone(
    make_service: Callable[..., ImageSearchService], tmp_path: Path
) -> None:
    make_service(state_dir=tmp_path)
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0
    assert ssl.create_default_context(cafile=tmp_path / "ca.pem").cert_store_stats()["x509_ca"] >= 1
