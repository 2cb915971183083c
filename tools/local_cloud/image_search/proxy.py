"""The proxy's server: a thread a connection, all of them gone after ``close``."""

import socket
import socketserver
import threading
from contextlib import suppress
from typing import cast

from local_cloud.image_search.connection import Connection, Services

LOOPBACK = "127.0.0.1"
# How often the accepting thread looks whether it is to stop.
_POLL_SECONDS = 0.02
_THREAD_NAME = "local-image-search"


class Proxy(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    connection_class = Connection

    def __init__(self, services: Services, port: int = 0) -> None:
        """OSError when the port is busy."""
        self.services = services
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._closing = False
        super().__init__((LOOPBACK, port), self.connection_class)
        self._accepting = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name=f"{_THREAD_NAME}-accept", daemon=True
        )
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def close(self) -> None:
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
        """The calling thread's connection from now on: the one to hang up when the server closes."""
        with self._lock:
            if self._closing:
                raise ConnectionAbortedError("the server is closing")
            self._connections[threading.current_thread()] = connection

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]
    ) -> None:
        # The other kind is a datagram's.
        request = cast("socket.socket", request)
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name=f"{_THREAD_NAME}-connection", daemon=True
        )
        with self._lock:
            self._connections[thread] = request
        thread.start()

    def _serve(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        # OSError: the client hung up, or refused the certificate. Neither is news; both end the connection alone.
        with suppress(OSError):
            self.finish_request(request, client_address)
        self.shutdown_request(request)
        with self._lock:
            del self._connections[threading.current_thread()]


def _hang_up(connection: socket.socket) -> None:
    """The base class's method, for an SSLSocket's own would also take the TLS away from the thread that is reading."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
