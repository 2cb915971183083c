"""Serve scripted responses on loopback, for errors that the stand-ins do not produce.

Bodies and headers have the forms of S3 (REST-XML), SQS (JSON with the legacy code in a header), Secrets Manager (JSON)
and OSS (REST-XML). A response may also break off or be missing.
"""

import base64
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from xml.sax.saxutils import escape

REQUEST_ID = "REQUEST-1"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """``GET``, ``HEAD`` or ``SYMLINK`` for an object, ``LIST`` or ``HEAD bucket``, or the API's name."""
        if self.path.endswith("?symlink="):
            return "SYMLINK"
        if self.method == "HEAD" and self.path.count("/") == 1:
            return "HEAD bucket"
        return "LIST" if "list-type=2" in self.path else self.method


@dataclass(frozen=True)
class Answer:
    """A response. The connection breaks off after a pause and ``sent`` bytes of the body; ``None`` sends all."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    pause_seconds: float = 0.0


RESET = Answer(status=0)


def s3_error(code: str, status: int = 400, **headers: str) -> Answer:
    body = f"<Error><Code>{escape(code)}</Code><Message>Scripted.</Message><RequestId>{REQUEST_ID}</RequestId></Error>"
    return Answer(status, body.encode(), {"Content-Type": "application/xml", "x-amz-request-id": REQUEST_ID} | headers)


def oss_error(row: str, status: int = 400, *, head: bool = False) -> Answer:
    """Return an OSS error for ``row``, which is "code" or "code/EC". A HEAD has the error in a header."""
    code, _, ec = row.partition("/")
    fields = f"<Code>{escape(code)}</Code><Message>Scripted.</Message><RequestId>{REQUEST_ID}</RequestId><EC>{ec}</EC>"
    body = f"<Error>{fields}</Error>".encode()
    headers = {"Content-Type": "application/xml", "x-oss-request-id": REQUEST_ID}
    if head:
        return Answer(status, b"", headers | {"x-oss-err": base64.b64encode(body).decode()})
    return Answer(status, body, headers)


def json_error(code: str, status: int = 400, message: str = "Scripted.", **headers: str) -> Answer:
    content = {"__type": f"com.amazonaws.any#{code}", "message": message}
    media = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-requestid": REQUEST_ID}
    return Answer(status, json.dumps(content).encode(), media | headers)


def sqs_error(code: str, status: int = 400) -> Answer:
    """Return an SQS error: the legacy code in a header, and a newer one in the JSON body."""
    return json_error("SomeNewName", status, **{"x-amzn-query-error": f"{code};Sender"})


def page(status: int) -> Answer:
    """Return a load balancer's error page, which has no code."""
    return Answer(status, b"<html><body><h1>Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})


class Wire:
    """An endpoint, as a context manager. ``answer`` may be replaced at any time; ``requests`` lists the requests.

    With ``tls`` it speaks HTTPS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answer: Callable[[Request], Answer] = lambda _: page(500)
        self.requests: list[Request] = []
        self._server = _Server(self)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def script(self, answer: Answer | Callable[[Request], Answer]) -> None:
        """Set the responses, and forget the requests so far."""
        self.requests.clear()
        self.answer = answer if callable(answer) else lambda _: answer

    def operations(self) -> list[str]:
        return [request.operation for request in self.requests]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, wire: Wire) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wire = wire

    def handle_error(self, *arguments: Any) -> None:
        """Ignore a client that hangs up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*arguments)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write per response: two would cost 40 ms of delayed acknowledgements
    server: _Server

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        request = Request(target or self.command, self.path, body, dict(self.headers))
        self.server.wire.requests.append(request)
        answer = self.server.wire.answer(request)
        if answer is RESET:
            self.close_connection = True
            return
        send = self.send_response_only if "Date" in answer.headers else self.send_response  # which adds the date
        send(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.sent])
            self.wfile.flush()
            time.sleep(answer.pause_seconds)
        self.close_connection |= answer.sent is not None

    do_GET = do_HEAD = do_POST = _respond  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Write nothing: ``requests`` lists the requests."""
