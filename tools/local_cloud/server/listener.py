"""Accept connections on loopback and serve each in a thread of its own."""

import socket
import socketserver
import threading
from contextlib import suppress
from typing import ClassVar, cast

from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Connection, Respond

LOOPBACK = "127.0.0.1"
DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024
# How often the accepting thread checks whether to stop.
_POLL_SECONDS = 0.02


class Listener(socketserver.TCPServer):
    """A port that is served from construction to ``close``. Raise ``OSError`` if the port is taken.

    ``name`` begins the names of the threads; ``port`` 0 picks a free one.
    """

    allow_reuse_address = True
    request_queue_size = 128
    connection_class: ClassVar[type[Connection]] = Connection
    scheme: ClassVar[str] = "http"

    def __init__(
        self,
        name: str,
        respond: Respond,
        authority: Authority,
        port: int = 0,
        *,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    ) -> None:
        self.respond = respond
        self.authority = authority
        self.max_body_bytes = max_body_bytes
        self._name = name
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._closing = False
        super().__init__((LOOPBACK, port), self.connection_class)
        self._accepting = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name=f"{name}-accept", daemon=True
        )
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.server_address[1]}"

    def close(self) -> None:
        """Stop accepting, hang up on every client and wait for the threads."""
        self.shutdown()
        self._accepting.join()
        self.server_close()
        with self._lock:
            self._closing = True
            serving = dict(self._connections)
        for connection in serving.values():
            _hang_up(connection)
        for thread in serving:
            thread.join()

    def adopt(self, connection: socket.socket) -> None:
        """Register the calling thread's socket as the one to hang up when the listener closes."""
        with self._lock:
            if self._closing:
                raise ConnectionAbortedError("the server is closing")
            self._connections[threading.current_thread()] = connection

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]
    ) -> None:
        request = cast("socket.socket", request)  # the tuple is for datagrams
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name=f"{self._name}-connection", daemon=True
        )
        with self._lock:
            self._connections[thread] = request
        thread.start()

    def _serve(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        # OSError: the client hung up or refused the certificate. Both end only this connection.
        with suppress(OSError):
            self.finish_request(request, client_address)
        self.shutdown_request(request)
        with self._lock:
            del self._connections[threading.current_thread()]


def _hang_up(connection: socket.socket) -> None:
    """Shut the socket down by the base class's method.

    An SSLSocket's own method would also remove the TLS state under the thread that is reading.
    """
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
