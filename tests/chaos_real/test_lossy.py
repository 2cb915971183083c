"""Each fate befalls a connection as it is told, and none once the network is healed."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from tests.chaos_real import lossy
from tests.chaos_real.fates import Fate
from tests.chaos_real.lossy import Lossy
from tests.chaos_real.pages import PAGE
from tests.e2e.conftest import wait_until

REQUEST, ANSWER = b"request!", b"answer" * 20
Open = Callable[..., tuple[Lossy, socket.socket]]


class Service:
    """Answers whatever comes; ``asked`` is what has come."""

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
    """A relay whose only connection meets this fate, and the client's end of it."""
    made: list[Lossy] = []

    def open_one(kind: str, *, to_client: bool = True, after: int = 0) -> tuple[Lossy, socket.socket]:
        monkeypatch.setattr(lossy, "draw", lambda *_: Fate(kind, to_client, after, 0.05))
        made.append(Lossy(service.server.getsockname(), None, mean_bytes=1, plain=True, answers=lambda _: [PAGE]))
        made[-1]._rng = First()  # noqa: SLF001 - of the pages there is only one
        client = socket.create_connection(("127.0.0.1", made[-1].port), timeout=5)
        return made[-1], client

    yield open_one
    for relay in made:
        relay.close()


class First:
    def choice(self, choices: list[bytes]) -> bytes:
        return choices[0]


def heard(client: socket.socket) -> bytes:
    """Until the other end has nothing more to say."""
    with client:
        said = b""
        while piece := client.recv(1000):
            said += piece
        return said


def test_a_page_comes_instead_of_an_answer_to_what_was_done(opened: Open, service: Service) -> None:
    _, client = opened("page")
    client.sendall(REQUEST)
    assert heard(client) == PAGE
    assert service.asked == REQUEST


def test_a_half_closed_connection_has_said_so_much(opened: Open, service: Service) -> None:
    _, client = opened("half_close", after=50)
    client.sendall(REQUEST)
    assert heard(client) == ANSWER[:50]
    assert service.asked == REQUEST


@pytest.mark.parametrize(("to_client", "asked"), [(True, REQUEST), (False, b"")])
def test_a_reset_is_told_to_both_ends(opened: Open, service: Service, to_client: bool, asked: bytes) -> None:  # noqa: FBT001 - a parameter
    _, client = opened("reset", to_client=to_client)
    client.sendall(REQUEST)
    with pytest.raises(ConnectionResetError):
        heard(client)
    assert service.served.wait(5)
    assert service.asked == asked


def test_what_a_client_has_given_up_is_not_sent_on_later(opened: Open, service: Service) -> None:
    """Late requests would undo what later ones have done, as no client could prevent."""
    relay, client = opened("stall", to_client=False)
    client.sendall(REQUEST)
    wait_until(lambda: relay.met["stall"])
    client.close()
    relay.heal()
    assert service.served.wait(5)
    assert service.asked == b""


def test_a_stall_ends_when_the_network_is_healed(opened: Open) -> None:
    relay, client = opened("stall")
    client.sendall(REQUEST)
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(1)
    relay.heal()
    client.settimeout(5)
    with client:
        assert client.recv(1000) == ANSWER


def test_what_mentions_the_refused_is_not_sent_on(opened: Open, service: Service) -> None:
    relay, client = opened("delay", after=10_000)
    relay.refused = b"quest"
    client.sendall(REQUEST)
    assert heard(client) == PAGE
    assert service.asked == b""


def test_a_network_that_is_down_lets_nobody_in(opened: Open) -> None:
    relay, client = opened("delay", after=10_000)
    client.sendall(REQUEST)
    assert client.recv(1)
    relay.down = True
    relay.drop_all()
    with client, pytest.raises(ConnectionResetError):
        heard(client)
    with suppress(ConnectionResetError), socket.create_connection(("127.0.0.1", relay.port), timeout=5) as other:
        assert not other.recv(1)
