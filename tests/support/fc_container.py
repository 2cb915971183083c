"""The server of the custom container in its own process, and the requests of Function Compute."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.support.function_compute import ROOT
from tests.support.oss_events import as_text

HEADERS = {
    "x-fc-access-key-id": ACCESS_KEY_ID,
    "x-fc-access-key-secret": ACCESS_KEY_SECRET,
    "x-fc-security-token": AlibabaCloud.SECURITY_TOKEN,
}
WRONG = HEADERS | {"x-fc-security-token": "wrong-token"}
DONE, FAILED = (200, "200"), (404, "404")


class Server:
    """Run ``python server.py`` without keys in its environment, as for a function with a role."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._out, self._err = folder / "out", folder / "err"
        self.port = free_port()
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(  # noqa: S603 - a fixed command
                [sys.executable, ROOT / "functions/ingest_oss/server.py"],
                env={**environ, **coverage, "FC_SERVER_PORT": str(self.port), "PYTHONUNBUFFERED": "1"},
                stdout=out,
                stderr=err,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server does not listen: {self.err}")

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def send(self, method: str, path: str, body: object = b"", **headers: str) -> tuple[tuple[int, str], str]:
        """Return the status with the status header, and the body."""
        connection = self.connect()
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def invoke(
        self, event: object, request_id: str = "request-1", keys: Mapping[str, str] = HEADERS
    ) -> tuple[tuple[int, str], str]:
        return self.send("POST", "/invoke", event, **keys, **{"x-fc-request-id": request_id})

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: object, headers: Mapping[str, str]
) -> tuple[tuple[int, str], str]:
    connection.request(method, path, body if isinstance(body, bytes) else as_text(body).encode(), dict(headers))
    answer = connection.getresponse()
    return (answer.status, answer.headers["x-fc-status"]), answer.read().decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
