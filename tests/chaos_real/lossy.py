"""A relay between a function and one service, whose connections meet faults (``connection_faults.py``).

The relay knows TCP, and of HTTP only that an answer follows a request. A fault comes after a number of bytes, so a
long-lived connection meets it more surely. ``heal`` ends all faults.
"""

import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.chaos_real.connection_faults import ConnectionFault, Link, draw
from tests.chaos_real.pages import PAGE

_POLL_SECONDS = 0.05


class LossyRelay:
    """``mean_bytes`` is the mean traffic before a fault. ``answers`` returns the possible pages for a request's start.

    On a ``plain`` leg a page can replace any answer; with TLS, only a connection's first one. Requests that contain
    ``refused`` get a page and are not forwarded. While ``down``, every connection is reset.
    """

    def __init__(
        self,
        target: tuple[str, int],
        rng: random.Random,
        *,
        mean_bytes: float,
        plain: bool = False,
        answers: Callable[[bytes], Sequence[bytes]] = lambda _: [PAGE],
    ) -> None:
        self.refused: bytes | None = None
        self.down = False
        self.met: Counter[str] = Counter()
        self._target, self._rng, self._mean_bytes, self._plain, self._answers = target, rng, mean_bytes, plain, answers
        self._healed = threading.Event()
        self._lock = threading.Lock()
        self._links: dict[threading.Thread, Link] = {}
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="lossy-accept", daemon=True)
        self._accepting.start()

    def heal(self) -> None:
        """End all faults: from now on bytes pass unchanged."""
        self.refused, self.down = None, False
        self._healed.set()

    def drop_all(self) -> None:
        """Reset all connections at once."""
        with self._lock:
            links = list(self._links.values())
        for link in links:
            link.reset()

    def close(self) -> None:
        self.heal()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._accepting.join()
        self._server.close()
        self.drop_all()
        with self._lock:
            serving = list(self._links)
        for thread in serving:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                fault = None if self._healed.is_set() else draw(self._rng, self._mean_bytes)
                link = Link(client, socket.socket(), fault)
                thread = threading.Thread(target=self._serve, args=(link,), name="lossy", daemon=True)
                with self._lock:
                    self._links[thread] = link
                thread.start()

    def _serve(self, link: Link) -> None:
        back = threading.Thread(target=self._pump, args=(link,), kwargs={"to_client": True}, name="lossy", daemon=True)
        with suppress(OSError):
            if self.down:
                link.reset()
            else:
                link.service.connect(self._target)
                back.start()
                self._pump(link, to_client=False)
                back.join()
        link.close()
        with self._lock:
            del self._links[threading.current_thread()]

    def _pump(self, link: Link, *, to_client: bool) -> None:
        source, sink = link.ends(to_client=to_client)
        with suppress(OSError):
            while (piece := source.recv(65_536)) and self._pass(link, piece, sink, to_client=to_client):
                pass
        if not link.broken:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def _pass(self, link: Link, piece: bytes, sink: socket.socket, *, to_client: bool) -> bool:
        """Forward bytes, and return whether this direction continues."""
        if self.refused and not to_client and self.refused in piece:
            link.reply(PAGE)
            return False
        begins = link.owed and to_client
        if not (to_client or link.owed):
            link.asked = piece
        link.owed = not to_client
        fault = link.fault
        if fault and fault.to_client == to_client and not self._healed.is_set():
            fault.bytes_left -= len(piece)
            if fault.bytes_left <= 0 and (fault.kind != "page" or (begins and (self._plain or not link.answered))):
                link.fault = None
                self.met[fault.kind] += 1
                return self._meet(fault, link, piece, sink)
        link.answered |= to_client
        sink.sendall(piece)
        return True

    def _meet(self, fault: ConnectionFault, link: Link, piece: bytes, sink: socket.socket) -> bool:
        match fault.kind:
            case "page":
                link.reply(self._rng.choice(self._answers(link.asked)))
                return False
            case "reset":
                link.reset()
                return False
            case "half_close":
                sink.sendall(piece[: max(0, len(piece) + round(fault.bytes_left))])
                return False
            case "stall":
                # Forward nothing once the client has given up: no client can undo a request that arrives late.
                while not (link.abandoned() or self._healed.wait(_POLL_SECONDS)):
                    pass
            case "delay":
                self._healed.wait(fault.seconds)
        if link.abandoned():
            return False
        sink.sendall(piece)
        return True
