"""A listener that speaks TLS from the first byte, with a certificate for 127.0.0.1."""

from typing import ClassVar

from local_cloud.server.connection import Connection
from local_cloud.server.listener import LOOPBACK, Listener


class TlsConnection(Connection):
    def handle(self) -> None:
        self.start_tls(LOOPBACK)
        super().handle()


class TlsListener(Listener):
    connection_class: ClassVar[type[Connection]] = TlsConnection
    scheme: ClassVar[str] = "https"
