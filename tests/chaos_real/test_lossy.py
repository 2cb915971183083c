"""Each kind of fault hits its connection, and no fault occurs after healing."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from tests.chaos_real import lossy
from tests.chaos_real.connection_faults import ConnectionFault
from tests.chaos_real.lossy import LossyRelay
from tests.chaos_real.pages import PAGE
from tests.e2e.conftest import wait_until

REQUEST, ANSWER = b"request!", b"answer" * 20
Open = Callable[..., tuple[LossyRelay, socket.socket]]


class Service:
    """A service that answers everything. ``asked`` holds the requests."""

    def __init__(self) -> None:
        self.asked = b""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.served = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError), closing(self.server.accept()[0]) as client:
            while piece := client.recv(100):
                self.asked += piece
                client.sendall(ANSWER)
        self.served.set()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    with service.server:
        yield service


@pytest.fixture
def opened(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Yield a function that opens a relay with one faulty connection, and returns it with the client's end."""
    made: list[LossyRelay] = []

    def open_one(kind: str, *, to_client: bool = True, after: int = 0) -> tuple[LossyRelay, socket.socket]:
        monkeypatch.setattr(lossy, "draw", lambda *_: ConnectionFault(kind, to_client, after, 0.05))
        made.append(LossyRelay(service.server.getsockname(), None, mean_bytes=1, plain=True, answers=lambda _: [PAGE]))
        made[-1]._rng = First()  # noqa: SLF001 - always choose the first page
        client = socket.create_connection(("127.0.0.1", made[-1].port), timeout=5)
        return made[-1], client

    yield open_one
    for relay in made:
        relay.close()


class First:
    def choice(self, choices: list[bytes]) -> bytes:
        return choices[0]


def heard(client: socket.socket) -> bytes:
    """Read until the other end closes."""
    with client:
        received = b""
        while piece := client.recv(1000):
            received += piece
        return received


def test_page_replaces_an_answer(opened: Open, service: Service) -> None:
    _, client = opened("page")
    client.sendall(REQUEST)
    assert heard(client) == PAGE
    assert service.asked == REQUEST


def test_half_close_keeps_earlier_bytes(opened: Open, service: Service) -> None:
    _, client = opened("half_close", after=50)
    client.sendall(REQUEST)
    assert heard(client) == ANSWER[:50]
    assert service.asked == REQUEST


@pytest.mark.parametrize(("to_client", "asked"), [(True, REQUEST), (False, b"")])
def test_reset_reaches_both_ends(opened: Open, service: Service, to_client: bool, asked: bytes) -> None:  # noqa: FBT001 - a parameter
    _, client = opened("reset", to_client=to_client)
    client.sendall(REQUEST)
    with pytest.raises(ConnectionResetError):
        heard(client)
    assert service.served.wait(5)
    assert service.asked == asked


def test_abandoned_request_is_dropped(opened: Open, service: Service) -> None:
    """A late request would undo newer ones, and no client could prevent that."""
    relay, client = opened("stall", to_client=False)
    client.sendall(REQUEST)
    wait_until(lambda: relay.met["stall"])
    client.close()
    relay.heal()
    assert service.served.wait(5)
    assert service.asked == b""


def test_stall_ends_when_healed(opened: Open) -> None:
    relay, client = opened("stall")
    client.sendall(REQUEST)
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(1)
    relay.heal()
    client.settimeout(5)
    with client:
        assert client.recv(1000) == ANSWER


def test_refused_request_is_not_forwarded(opened: Open, service: Service) -> None:
    relay, client = opened("delay", after=10_000)
    relay.refused = b"quest"
    client.sendall(REQUEST)
    assert heard(client) == PAGE
    assert service.asked == b""


def test_network_that_is_down_refuses(opened: Open) -> None:
    relay, client = opened("delay", after=10_000)
    client.sendall(REQUEST)
    assert client.recv(1)
    relay.down = True
    relay.drop_all()
    with client, pytest.raises(ConnectionResetError):
        heard(client)
    with suppress(ConnectionResetError), socket.create_connection(("127.0.0.1", relay.port), timeout=5) as other:
        assert not other.recv(1)
