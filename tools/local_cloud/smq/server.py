"""The sockets: TLS from the first byte on, a thread a connection, all of them gone after ``close``."""

import socket
import uuid

from local_cloud.image_search.connection import Connection
from local_cloud.image_search.proxy import LOOPBACK, Proxy
from local_cloud.image_search.wire import Answer


class SmqConnection(Connection):
    def handle(self) -> None:
        self._speak_tls(LOOPBACK)
        super().handle()

    def _send(self, answer: Answer, reason: str | None = None) -> None:
        self.send_response_only(answer.status, reason)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("x-mns-request-id", uuid.uuid4().hex[:24].upper())
        for name, value in getattr(answer, "headers", {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)


class SmqServer(Proxy):
    """``OSError`` when the port is busy."""

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.server_address[1]}"

    def finish_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]
    ) -> None:
        SmqConnection(request, client_address, self)
