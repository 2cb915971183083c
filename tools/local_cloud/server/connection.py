"""Read HTTP requests from one connection and write the responses."""

import dataclasses
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol, cast

from local_cloud.server.bodies import BodyReader, find_length
from local_cloud.server.certificates import Authority
from local_cloud.server.errors import RefusedRequestError
from local_cloud.server.heads import read_head
from local_cloud.server.wire import Client, Request, Response

# Returns ``None`` to reset the connection.
Respond = Callable[[Request, Client], Response | None]

# SO_LINGER on, for 0 seconds: closing drops unsent data and sends a reset.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

# How long a client may go on sending a request that is refused already.
_DROP_SECONDS = 2.0
_PIECE_BYTES = 64 * 1024
_MAX_REQUEST_LINE_BYTES = 64 * 1024  # as the base class
# The first byte of a TLS connection is the type of its first record. No method of HTTP begins with it.
_TLS_HANDSHAKE = b"\x16"
_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# Linux tells apart the end of a connection and more data, which a client may send ahead.
_HANGS_UP = getattr(select, "POLLRDHUP", select.POLLIN)


class Owner(Protocol):
    """The listener, as a connection uses it."""

    authority: Authority
    max_body_bytes: int
    respond: Respond

    def adopt(self, connection: socket.socket) -> None: ...


class Connection(BaseHTTPRequestHandler):
    """One connection, in TLS or plain, as its client begins."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # HTTP/0.9 would be answered without a status
    # Write head and body at once, with Nagle's algorithm off. Otherwise each response waits for a delayed
    # acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    host = ""  # the host of a tunnel
    raw_requestline: bytes

    @property
    def owner(self) -> Owner:
        return cast("Owner", self.server)

    @property
    def is_old(self) -> bool:
        return self.request_version == "HTTP/1.0"

    def handle(self) -> None:
        self.start_tls_if_spoken()
        super().handle()

    def parse_request(self) -> bool:
        if not self.raw_requestline.strip():  # some clients end a body with an empty line of their own
            self.raw_requestline = self.rfile.readline(_MAX_REQUEST_LINE_BYTES)
        if not super().parse_request():
            return False
        options = {one.strip().lower() for one in ",".join(self.headers.get_all("Connection", [])).split(",")}
        # The base class knows only a header with a single option.
        self.close_connection = "close" in options or (self.is_old and "keep-alive" not in options)
        return True

    def do_GET(self) -> None:
        try:
            request = self._read_request()
        except RefusedRequestError as refused:
            self.refuse(refused.reason, refused.status)
            return
        response = self.respond(request)
        if response is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.close_connection = True
        else:
            self._send(response)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def respond(self, request: Request) -> Response | None:
        return self.owner.respond(request, self)

    def wait(self, seconds: float) -> bool:
        """Return True after ``seconds``, or False as soon as the client hangs up."""
        poll = select.poll()
        poll.register(self.connection, _HANGS_UP)
        return not poll.poll(seconds * 1000)

    def start_tls_if_spoken(self) -> None:
        """Look at the client's first byte, and wrap the connection in TLS if it begins a handshake.

        The certificate is for the tunnel's host; without a tunnel, for the name that the client asks for.
        """
        if self.connection.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            return
        context = self.owner.authority.server_context(self.host)
        plain_streams = (self.rfile, self.wfile)
        self.connection = context.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        # Before the handshake, which a silent client can delay for ever: a closing listener must find the socket.
        self.owner.adopt(self.connection)
        self.connection.do_handshake()
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        for stream in plain_streams:
            stream.close()

    def refuse(self, reason: str, status: int = 502) -> None:
        """Answer with ``reason`` in the body and as the reason phrase, then close the connection.

        Clients show only the reason phrase of a failed CONNECT.
        """
        self.close_connection = True
        self._send(Response(status, "text/plain", f"{reason}\n".encode()), reason)
        self.wfile.flush()
        self._drop_rest()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the base class cannot parse."""
        del explain
        self.refuse(message or HTTPStatus(code).phrase, code)

    def handle_expect_100(self) -> bool:
        """Leave the answer to ``_read_body``: a body that is refused must not be sent."""
        return True

    def finish(self) -> None:
        # The listener's own shutdown would come first and send a FIN where a reset is wanted.
        for stream in (self.wfile, self.rfile, self.connection):
            with suppress(OSError, ValueError):
                stream.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Write nothing: each service lists its requests."""

    def _read_request(self) -> Request:
        # Not self.path, in which the base class merges slashes: they belong to an object's key.
        target = self.requestline.split()[1]
        head = read_head(self.command, target, self.headers, needs_host=not self.is_old)
        return dataclasses.replace(head, host=self.host or head.host, body=self._read_body())

    def _read_body(self) -> bytes:
        most = self.owner.max_body_bytes
        length = find_length(self.headers, may_be_chunked=not self.is_old, max_bytes=most)
        self._meet_expectation()
        body = BodyReader(self.rfile, most, self._acknowledge)
        return body.read_chunks() if length is None else body.read(length)

    def _meet_expectation(self) -> None:
        """Answer ``Expect: 100-continue`` at once. A client that waits for it begins after a second, or never."""
        expected = self.headers.get("Expect")
        if expected is None or self.is_old:
            return
        if expected.lower() != "100-continue":
            raise RefusedRequestError(f"Expect: {expected} is not supported", HTTPStatus.EXPECTATION_FAILED)
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        self.wfile.flush()

    def _drop_rest(self) -> None:
        """Read on for a moment. Closing with unread data would reset the connection, and the response with it."""
        with suppress(OSError):
            # The methods of the base class: an SSLSocket's own would decrypt, or remove the TLS state.
            socket.socket.shutdown(self.connection, socket.SHUT_WR)
            deadline = time.monotonic() + _DROP_SECONDS
            while (left := deadline - time.monotonic()) > 0:
                self.connection.settimeout(left)
                if not socket.socket.recv(self.connection, _PIECE_BYTES):
                    return

    def _acknowledge(self) -> None:
        """Acknowledge received data at once.

        urllib3 leaves Nagle's algorithm on towards a proxy. It holds back each piece of a body until the piece before
        is acknowledged, and a delayed acknowledgement takes up to 40 ms.
        """
        if sys.platform == "linux":
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _send(self, response: Response, reason: str | None = None) -> None:
        self.send_response_only(response.status, reason)
        self.send_header("Date", response.headers.get("Date") or self.date_time_string(time.time()))
        if response.content_type:
            self.send_header("Content-Type", response.content_type)
        has_body = response.status not in _WITHOUT_BODY
        length = {"Content-Length": str(len(response.body))} if has_body else {}
        for name, value in (length | dict(response.headers)).items():
            if name != "Date":
                self.send_header(name, value)
        if self.close_connection or self.is_old:
            self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(response.body[: response.sent_bytes])
            self.close_connection |= response.sent_bytes is not None
