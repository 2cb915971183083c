"""An HTTP CONNECT proxy that ends TLS for the hosts that it serves. Plain requests go to a control API."""

from collections.abc import Callable, Collection
from typing import ClassVar, cast

from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Connection, Respond
from local_cloud.server.listener import Listener
from local_cloud.server.wire import Request, Response

HTTPS_PORT = "443"


class ProxyConnection(Connection):
    @property
    def _proxy(self) -> "Proxy":
        return cast("Proxy", self.server)

    def do_CONNECT(self) -> None:  # noqa: N802 - the base class looks for this name
        host, _, port = self.path.lower().rpartition(":")
        if self.host or host not in self._proxy.hosts or port != HTTPS_PORT:
            self.refuse(f"{self.path} is not served here; served: {', '.join(self._proxy.hosts)} on 443")
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self.start_tls(host)
        # Python's client sends CONNECT as HTTP/1.0, after which the base class would close the connection.
        self.close_connection = False

    def respond(self, request: Request) -> Response | None:
        return super().respond(request) if self.host else self._proxy.control(request)


class Proxy(Listener):
    """``respond`` answers requests to one of ``hosts``, and ``control`` answers plain requests to the proxy itself."""

    connection_class: ClassVar[type[Connection]] = ProxyConnection

    def __init__(
        self,
        name: str,
        respond: Respond,
        authority: Authority,
        port: int = 0,
        *,
        hosts: Collection[str],
        control: Callable[[Request], Response],
    ) -> None:
        self.hosts = hosts
        self.control = control
        super().__init__(name, respond, authority, port)
