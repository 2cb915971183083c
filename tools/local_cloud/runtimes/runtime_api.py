"""Serve the Lambda Runtime API to one worker process (Lambda developer guide, "Runtime API")."""

import json
import queue
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARN = "arn:aws:lambda:us-east-1:123456789012:function:ingest"


@dataclass(slots=True)
class Invocation:
    """One event for the handler. ``deadline`` is in seconds since 1970; ``result`` receives ("response", JSON) or
    ("error", JSON).
    """

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    result: queue.Queue[tuple[str, Any]] = field(default_factory=lambda: queue.Queue(1))


class RuntimeApi(ThreadingHTTPServer):
    """The Runtime API of one worker process, on a free port of 127.0.0.1. One invocation runs at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._waiting: queue.Queue[Invocation | None] = queue.Queue()
        self._current: Invocation | None = None
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.05,), name="runtime-api", daemon=True)
        self._accepting.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def put(self, invocation: Invocation) -> None:
        self._waiting.put(invocation)

    def wait_for_invocation(self) -> Invocation | None:
        """Return the next invocation, or ``None`` when the API closes."""
        self._current = self._waiting.get()
        return self._current

    def finish(self, kind: str, result: object) -> None:
        """Hand the worker's result to the waiting caller. ``kind`` is "response" or "error"."""
        if self._current:
            self._current.result.put((kind, result))

    def close(self) -> None:
        # Wakes the thread that serves an idle worker. Otherwise it would wait for ever and keep its socket open.
        self._waiting.put(None)
        self.shutdown()
        self._accepting.join()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Ignore a worker that hangs up: ``WorkerProcess.invoke`` reports the failed invocation."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write per response: several would cost 40 ms of delayed acknowledgements
    server: RuntimeApi

    def do_GET(self) -> None:
        """Answer ``/invocation/next``."""
        invocation = self.server.wait_for_invocation()
        if invocation is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(round(invocation.deadline * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
        self._send_body(invocation.event)

    def do_POST(self) -> None:
        """Answer ``/invocation/<id>/response`` and ``/invocation/<id>/error``."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.finish(self.path.rpartition("/")[2], json.loads(body))
        self.send_response(202)
        self._send_body(b"{}")

    def _send_body(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")  # awslambdaric fails without it
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing: the function's log holds only the function's own lines."""
