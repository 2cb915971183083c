"""Serve responses that break off after any number of bytes: in the status line, a header or the body."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD = (
    'HTTP/1.1 200 OK\r\nConnection: close\r\nETag: "abcdef"\r\nLast-Modified: Sun, 22 Nov 2026 23:00:00 GMT\r\n'
    "Content-Length: 12\r\n\r\n"
)
BODY = "0123456789AB"
LENGTH = len(HEAD) + len(BODY)
_NO_SUCH_KEY = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
GONE = (
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\nDate: Sun, 22 Nov 2026 23:00:00 GMT\r\n"
    f"Content-Length: {len(_NO_SUCH_KEY)}\r\n\r\n{_NO_SUCH_KEY}"
)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # on, for 0 seconds: closing sends a reset


class CutShort:
    """An endpoint that sends the first ``sent`` bytes of ``answer``, for a HEAD without the body.

    Then it ends the connection as ``ending`` says: "closed", "reset", or "silence" until the client gives up.
    """

    def __init__(self, server: socket.socket) -> None:
        self.answer, self.sent, self.ending = HEAD + BODY, LENGTH, "closed"
        self.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        self._server = server
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):  # the server socket is closed
            while True:
                client, _ = self._server.accept()
                with client, suppress(OSError):
                    end = self.answer.index("\r\n\r\n") + 4 if _read_request(client).startswith(b"HEAD") else None
                    client.sendall(self.answer[:end][: self.sent].encode())
                    self._end(client)

    def _end(self, client: socket.socket) -> None:
        if self.ending == "silence":
            client.recv(1)
        elif self.ending == "reset":
            time.sleep(0.005)  # so that the data arrives before the reset
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


def _read_request(client: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(65_536)
    return request


@contextmanager
def cut_short() -> Iterator[CutShort]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = CutShort(server)
        yield endpoint
        server.shutdown(socket.SHUT_RDWR)  # ends the accept
        endpoint.join()
