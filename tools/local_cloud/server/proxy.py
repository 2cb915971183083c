"""An HTTP proxy for the hosts that it serves. It ends their TLS."""

import ssl
from collections.abc import Collection
from http import HTTPStatus
from typing import ClassVar, cast
from urllib.parse import urlsplit

from local_cloud.server.certificates import OWN_NAMES, Authority
from local_cloud.server.connection import Connection, Respond
from local_cloud.server.heads import host_with_port
from local_cloud.server.listener import Listener
from local_cloud.server.wire import Request, Response

TUNNEL_PORTS = ("443", "80")


class ProxyConnection(Connection):
    @property
    def _proxy(self) -> "Proxy":
        return cast("Proxy", self.server)

    def do_CONNECT(self) -> None:  # noqa: N802 - the base class looks for this name
        host, _, port = self.path.lower().rpartition(":")
        if isinstance(self.connection, ssl.SSLSocket):
            self.refuse("this proxy opens no tunnel within TLS; its URL begins with http://", HTTPStatus.BAD_GATEWAY)
            return
        if host not in self._proxy.hosts or port not in TUNNEL_PORTS:
            self.refuse(self._proxy.explain_refusal(self.path), HTTPStatus.BAD_GATEWAY)
            return
        self.send_response_only(HTTPStatus.OK, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self.host = host
        self.start_tls_if_spoken()
        # Python's client sends CONNECT as HTTP/1.0, after which the base class would close the connection.
        self.close_connection = False

    def respond(self, request: Request) -> Response | None:
        if request.host in self._proxy.hosts:
            return super().respond(request)
        if request.host in self._proxy.own_hosts:
            return self._proxy.respond_here(request, self)
        reason = self._proxy.explain_refusal(request.host)
        return Response(HTTPStatus.BAD_GATEWAY, "text/plain", f"{reason}\n".encode())


class Proxy(Listener):
    """``respond`` answers requests to one of ``hosts``, and ``respond_here`` those to the proxy's own address.

    Clients reach a host by CONNECT or with an absolute URL.
    """

    connection_class: ClassVar[type[Connection]] = ProxyConnection

    def __init__(
        self,
        name: str,
        respond: Respond,
        authority: Authority,
        port: int = 0,
        *,
        hosts: Collection[str],
        respond_here: Respond,
    ) -> None:
        self.hosts = hosts
        self.respond_here = respond_here
        super().__init__(name, respond, authority, port)

    @property
    def own_hosts(self) -> set[str]:
        """The empty host of a request whose target is a path, and the proxy's own address."""
        port = self.server_address[1]
        return {"", *(host_with_port(urlsplit(f"http://{name}:{port}")) for name in OWN_NAMES)}

    def explain_refusal(self, host: str) -> str:
        return f"{host} is not served here; served: {', '.join(self.hosts)} on {' and '.join(TUNNEL_PORTS)}"
