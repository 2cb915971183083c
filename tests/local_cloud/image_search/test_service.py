"""Starting, closing and restarting the local Image Search."""

import gc
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alibabacloud_tea_openapi.exceptions import ServerException
from darabonba.exceptions import UnretryableException

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import IMAGE_SEARCH, Api, picture


def _connections() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "local-image-search-connection"]


def _address(service: ImageSearchService) -> tuple[str, int]:
    host, _, port = service.proxy_url.removeprefix("http://").rpartition(":")
    return host, int(port)


def test_a_taken_port_raises_oserror(
    service: ImageSearchService, make_service: Callable[..., ImageSearchService]
) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(OSError, match="in use"):
        make_service(port=_address(service)[1])
    assert set(threading.enumerate()) <= threads


def test_closing_ends_open_tunnels(make_service: Callable[..., ImageSearchService]) -> None:
    before = set(threading.enumerate())
    service = make_service()
    folder, address = service.ca_path.parent, _address(service)
    Api(service).add(picture())
    # One client is idle without TLS, the other never finishes its handshake.
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
    # An unclosed socket would cause a warning here, and warnings are errors.
    gc.collect()


def test_closing_ends_stalls_and_latencies(make_service: Callable[..., ImageSearchService]) -> None:
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


def test_a_broken_entry_is_named(make_service: Callable[..., ImageSearchService], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "x.unfinished").write_bytes(b"{")
    assert make_service(state_dir=tmp_path).entries() == []
    assert not (folder / "x.unfinished").exists()
    (folder / "broken.entry").write_bytes(b"{}\n")
    with pytest.raises(ValueError, match=r"broken\.entry"):
        make_service(state_dir=tmp_path)


def test_an_internal_failure_is_logged_and_answered(
    make_service: Callable[..., ImageSearchService], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = make_service(state_dir=tmp_path)
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(ServerException) as failed:
        Api(service).add(picture())
    assert failed.value.code == "UnknownException"
    assert service.entries() == []
    assert "FileNotFoundError" in caplog.text


def test_the_authoritys_key_is_private(make_service: Callable[..., ImageSearchService], tmp_path: Path) -> None:
    make_service(state_dir=tmp_path)
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0
    assert ssl.create_default_context(cafile=tmp_path / "ca.pem").cert_store_stats()["x509_ca"] >= 1
