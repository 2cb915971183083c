"""Provide a listener that repeats each request to its sender."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local_cloud.server.certificates import Authority
from local_cloud.server.listener import Listener
from local_cloud.server.wire import Client, Request, Response, json_response

MAX_BODY_BYTES = 1_000_000


@dataclass
class Echo:
    """Answers with the request as JSON, and keeps the bodies that arrived."""

    bodies: list[bytes] = field(default_factory=list)

    def respond(self, request: Request, client: Client) -> Response:
        del client
        self.bodies.append(request.body)
        described = {"method": request.method, "host": request.host, "target": request.target, "path": request.path}
        return json_response(200, described | {"body": request.body.decode("latin-1")})


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("authority")))


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def listener(echo: Echo, authority: Authority) -> Iterator[Listener]:
    opened = Listener("echo", echo.respond, authority, max_body_bytes=MAX_BODY_BYTES)
    yield opened
    opened.close()


class Raw:
    """A connection that says exactly the given bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._stream = connection.makefile("rb")

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def read_status(self) -> int:
        """Read one response to its end and return its status."""
        return self.read()[0]

    def read(self) -> tuple[int, dict[str, str], bytes]:
        """Read one response. A body needs a Content-Length."""
        status, headers = self.read_head()
        return status, headers, self._stream.read(int(headers.get("content-length", "0")))

    def read_head(self) -> tuple[int, dict[str, str]]:
        status = int(self._stream.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._stream.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers

    def read_body(self) -> str:
        """Read one response and return the body that the echo received."""
        body: str = json.loads(self.read()[2])["body"]
        return body

    def is_closed(self) -> bool:
        """Wait until the server closes. Raise ``TimeoutError`` if it does not."""
        return self._stream.read(1) == b""

    def close(self) -> None:
        self._stream.close()
        self.connection.close()


@pytest.fixture
def raw(listener: Listener) -> Iterator[Raw]:
    client = Raw(socket.create_connection(listener.server_address[:2], 5))
    yield client
    client.close()
