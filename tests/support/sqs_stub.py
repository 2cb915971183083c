"""An SQS that only counts what it gets. It is light enough to measure a sender, and runs in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_received = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        global _received  # noqa: PLW0603 - the whole state of the process
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        entries = request.get("Entries", [])
        _received += len(entries)
        answer = {
            "Successful": [{"Id": one["Id"], "MessageId": "m", "MD5OfMessageBody": "0" * 32} for one in entries],
            "Attributes": {"ApproximateNumberOfMessages": str(_received), "ApproximateNumberOfMessagesNotVisible": "0"},
        }
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


@contextmanager
def sqs_stub() -> Iterator[str]:
    """Yield the URL of a stub in another process."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603 - this file
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    server = _Server(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)  # noqa: T201 - for the process that started this one
    server.serve_forever()
