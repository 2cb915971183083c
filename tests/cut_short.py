"""An endpoint whose answers break off after any number of bytes: within the status line, a header, or the body."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD = (
    'HTTP/1.1 200 OK\r\nConnection: close\r\nETag: "abcdef"\r\nLast-Modified: Sun, 22 Nov 2026 23:00:00 GMT\r\n'
    "Content-Length: 12\r\n\r\n"
)
BODY = "0123456789AB"
LENGTH = len(HEAD) + len(BODY)


class CutShort:
    """``sent`` bytes of one and the same object are the answer to a GET; to a HEAD those before the body."""

    def __init__(self, server: socket.socket) -> None:
        self.sent = LENGTH
        self.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        self._server = server
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                client, _ = self._server.accept()
                with client, suppress(OSError):
                    answer = HEAD if _asked(client).startswith(b"HEAD") else HEAD + BODY
                    client.sendall(answer[: self.sent].encode())


def _asked(client: socket.socket) -> bytes:
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(65_536)
    return asked


@contextmanager
def cut_short() -> Iterator[CutShort]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = CutShort(server)
        yield endpoint
        server.shutdown(socket.SHUT_RDWR)  # wakes up who accepts
        endpoint.join()
