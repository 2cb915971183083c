"""One connection: plain HTTP for the control API, or a CONNECT, after which it speaks TLS as the host asked for."""

import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Protocol, cast

from local_cloud.image_search.certificates import Authority
from local_cloud.image_search.wire import Answer, Client, Request

HTTPS_PORT = "443"
# More than any upload that the post policy allows, so that it is the policy that refuses.
MAX_BODY_BYTES = 32 * 1024 * 1024
# On, for 0 seconds: closing throws away what is unsent and sends a reset.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Services:
    """What stands behind the proxy. ``None`` for an answer means: reset the connection."""

    hosts: Collection[str]
    authority: Authority
    answer: Callable[[Request, Client], Answer | None]
    control: Callable[[Request], Answer]


class Owner(Protocol):
    """The server, as a connection sees it."""

    services: Services

    def adopt(self, connection: socket.socket) -> None: ...


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one write, and no Nagle: else every answer waits for the client's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    max_body_bytes = MAX_BODY_BYTES

    def setup(self) -> None:
        self._host = ""
        super().setup()

    @property
    def _owner(self) -> Owner:
        return cast("Owner", self.server)

    def do_CONNECT(self) -> None:
        host, _, port = self.path.lower().rpartition(":")
        if self._host or host not in self._owner.services.hosts or port != HTTPS_PORT:
            self._refuse(f"{self.path} is not served here; served: {', '.join(self._owner.services.hosts)} on 443")
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self._speak_tls(host)

    def do_GET(self) -> None:
        unreadable = self._unreadable()
        if unreadable:
            self._refuse(*unreadable)
            return
        body = self._read_body()
        headers = {name.lower(): ",".join(self.headers.get_all(name, [])) for name in self.headers}
        request = Request(self.command, self._host, self.path, headers, body)
        services = self._owner.services
        answer = services.answer(request, self) if self._host else services.control(request)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.close_connection = True
        else:
            self._send(answer)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def waits(self, seconds: float) -> bool:
        """A client that is owed an answer sends nothing: what can be read then is its hanging up."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return not selector.select(seconds)

    def finish(self) -> None:
        # The server's own shutdown would come first and send a FIN where a reset is wanted.
        for stream in (self.wfile, self.rfile, self.connection):
            with suppress(OSError, ValueError):
                stream.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Silence: what was called is in the list of calls."""

    def _speak_tls(self, host: str) -> None:
        context = self._owner.services.authority.server_context(host)
        plain_streams = (self.rfile, self.wfile)
        self.connection = context.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        # Before the handshake, which a silent client could hold up for ever: a closing server must find the socket.
        self._owner.adopt(self.connection)
        self.connection.do_handshake()
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self._host = host
        # Python's own client asks for a tunnel in HTTP/1.0, which is no wish to close it.
        self.close_connection = False
        for stream in plain_streams:
            stream.close()

    def _unreadable(self) -> tuple[str, int] | None:
        declared = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            return "a body needs a Content-Length here", 411
        if not (declared.isascii() and declared.isdecimal()):
            return "Content-Length is not a number", 400
        if int(declared) > self.max_body_bytes:
            return f"a body of more than {self.max_body_bytes} bytes is not read", 413
        return None

    def _read_body(self) -> bytes:
        body = bytearray()
        missing = int(self.headers.get("Content-Length", "0"))
        while missing:
            self._acknowledge()
            piece = self.rfile.read1(missing)
            if not piece:
                raise ConnectionAbortedError("the client hung up within its request")
            body += piece
            missing -= len(piece)
        return bytes(body)

    def _acknowledge(self) -> None:
        """At once, what has arrived. Towards a proxy urllib3 leaves Nagle on: it holds back each piece of a body until
        the one before is acknowledged, and an acknowledgement may take 40 ms.
        """
        if sys.platform == "linux":
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _refuse(self, text: str, status: int = 502) -> None:
        """In the reason too: of a refused CONNECT, clients show nothing else."""
        self._send(Answer(status, "text/plain", f"{text}\n".encode()), text)
        self.close_connection = True

    def _send(self, answer: Answer, reason: str | None = None) -> None:
        self.send_response_only(answer.status, reason)
        self.send_header("Date", self.date_time_string(time.time()))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
