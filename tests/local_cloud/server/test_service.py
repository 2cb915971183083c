"""Starting and closing each stand-in."""

import gc
import socket
import ssl
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local_cloud.image_search import ImageSearchService
from local_cloud.oss import OssService
from local_cloud.server.service import LocalService
from local_cloud.smq import SmqService

KEYS = {"access_key_id": "id", "access_key_secret": "secret"}
STAND_INS: dict[str, Callable[..., LocalService]] = {
    "image_search": lambda **other: ImageSearchService(instance="demo", region="cn-shanghai", **KEYS, **other),
    "oss": lambda **other: OssService(region="cn-shanghai", **KEYS, **other),
    "smq": lambda **other: SmqService(**KEYS, **other),
}


@pytest.fixture(params=STAND_INS)
def create(request: pytest.FixtureRequest) -> Callable[..., LocalService]:
    return STAND_INS[request.param]


def address_of(service: LocalService) -> tuple[str, int]:
    url = urlsplit(service.url)
    return url.hostname, url.port


def test_closing_leaves_no_thread_socket_or_folder(create: Callable[..., LocalService]) -> None:
    threads = set(threading.enumerate())
    service = create()
    service.start()
    folder, address = service.ca_path.parent, address_of(service)
    # A client that sends nothing: it neither speaks TLS nor asks for a tunnel.
    with socket.create_connection(address, 1):
        service.close()
    assert set(threading.enumerate()) <= threads
    assert not folder.exists()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, 1)
    # An unclosed socket would cause a warning here, and warnings are errors.
    gc.collect()


def test_a_service_can_be_closed_twice_and_restarted(create: Callable[..., LocalService]) -> None:
    service = create()
    with service:
        pass
    service.close()
    with pytest.raises(RuntimeError, match="is not started"):
        _ = service.url
    with service:
        assert address_of(service)[1]


def test_a_failed_start_leaves_nothing(create: Callable[..., LocalService]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        threads = set(threading.enumerate())
        service = create(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            service.start()
        assert set(threading.enumerate()) <= threads
    with pytest.raises(RuntimeError, match="is not started"):
        _ = service.ca_path
    gc.collect()


def test_the_authority_is_kept_in_the_state_folder(create: Callable[..., LocalService], tmp_path: Path) -> None:
    with create(state_dir=tmp_path) as service:
        first = service.ca_path.read_bytes()
    with create(state_dir=tmp_path) as service:
        assert service.ca_path.read_bytes() == first
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["oss", "smq"])
def test_a_silent_handshake_delays_no_other_client(name: str) -> None:
    with STAND_INS[name]() as service, socket.create_connection(address_of(service), 1):
        context = ssl.create_default_context(cafile=str(service.ca_path))
        connection = HTTPSConnection(*address_of(service), context=context, timeout=2)
        connection.request("GET", "/")
        assert connection.getresponse().status in {400, 403}
        connection.close()


@pytest.mark.parametrize("name", ["oss", "smq"])
def test_a_service_speaks_plain_http_too(name: str) -> None:
    with STAND_INS[name]() as service:
        connection = HTTPConnection(*address_of(service), timeout=2)
        connection.request("GET", "/")
        assert connection.getresponse().status in {400, 403}
        connection.close()
