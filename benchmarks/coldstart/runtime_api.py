"""The Runtime API for one process and one event (Lambda developer guide, Runtime API), which notes the times.

A process asks for an event once its handler is imported, and answers once the event is settled.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ARN = "arn:aws:lambda:us-east-1:123456789012:function:ingest"
TIMEOUT_SECONDS = 60


class RuntimeApi(ThreadingHTTPServer):
    """A context manager. Times are from ``time.perf_counter``, or 0 before the request."""

    daemon_threads = True

    def __init__(self, payload: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.payload = payload
        self.asked_at = self.answered_at = 0.0
        self.failure: Any = None  # what the handler raised, or why it could not be imported
        self.over = threading.Event()

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Ignore the error: a killed process drops its connection."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # without a buffer, every answer would cost 40 ms of delayed acknowledgements
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.server.asked_at:  # a second event, which never comes
            self.server.over.wait()
            return
        self.server.asked_at = time.perf_counter()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "cold-start")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(round((time.time() + TIMEOUT_SECONDS) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
        self._end(self.server.payload)

    def do_POST(self) -> None:
        now = time.perf_counter()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/response"):
            self.server.failure = json.loads(body)
        self.server.answered_at = now
        self.send_response(202)
        self._end(b"{}")
        self.server.over.set()

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
