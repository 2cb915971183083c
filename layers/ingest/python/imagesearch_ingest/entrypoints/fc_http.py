"""A function of Function Compute as an HTTP server: the WSGI application of a custom container.

Function Compute's documentation, "Custom runtime specification" and "Code development in Custom Container runtimes":
events come as POST /invoke, the instance's start as POST /initialize, temporary keys in the headers of each; a failure
is told by status 404 with ``x-fc-status: 404``, and it must be told by both.
"""

import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TextIO

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.model.errors import ExpiredTokenError, NotDoneError, SettingsError

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_KEYS = ("HTTP_X_FC_ACCESS_KEY_ID", "HTTP_X_FC_ACCESS_KEY_SECRET", "HTTP_X_FC_SECURITY_TOKEN")
_FAILED = HTTPStatus.NOT_FOUND
THREADS = 16  # as many requests as an instance may be given at once; the others wait in line
KEPT_ALIVE_SECONDS = 24 * 3600  # connections are the platform's, and closed by it ("Configure the HTTP server")


class FcApplication:
    """Called by the server's threads, several at once. ``end`` ends the process when another one is needed.

    The worker is made at the start, or by the first event; a failed start is told, and tried again at the next one.
    Those who come while it is made wait for the same one.
    """

    def __init__(
        self,
        worker: Callable[[], FcWorker],
        invocation_seconds: Callable[[], float],
        end: Callable[[int], object],
        monotonic: Callable[[], float],
    ) -> None:
        self._make_worker = worker
        self._making = threading.Lock()
        self._monotonic = monotonic
        self._invocation_seconds = invocation_seconds
        self._end = end

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status, text = self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ)
        body = text.encode()
        start_response(
            f"{status.value} {status.phrase}",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("x-fc-status", str(status.value)),
            ],
        )
        return [body]

    def _answer(self, method: str, path: str, environ: Mapping[str, Any]) -> tuple[HTTPStatus, str]:
        match method, path:
            case "POST", "/invoke":
                return self._told(lambda: self._invoke(environ), environ)
            case "POST", "/initialize":
                return self._told(self._worker, environ)
            case "GET", "/":
                return HTTPStatus.OK, "imagesearch-ingest\n"
        return _FAILED, f"there is no {method} {path}\n"

    def _invoke(self, environ: Mapping[str, Any]) -> None:
        begun, request_id = self._monotonic(), _request_id(environ)
        _write(sys.stdout, f"FC Invoke Start RequestId: {request_id}")  # by these the platform's log is cut
        try:
            run, payload = self._worker().run, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            run(
                payload,
                seconds_left=self._invocation_seconds() - self._monotonic() + begun,
                request_id=request_id,
                credentials=credentials_of_request(environ),
            )
        finally:
            _write(sys.stdout, f"FC Invoke End RequestId: {request_id}")

    def _worker(self) -> FcWorker:
        with self._making:
            return self._make_worker()

    def _told(self, call: Callable[[], object], environ: Mapping[str, Any]) -> tuple[HTTPStatus, str]:
        """The platform knows a failure by its status; the text is for who reads the log."""
        try:
            call()
        except ExpiredTokenError as error:
            _write(sys.stderr, f"{_request_id(environ)} {error}")
            self._end(1)
            return _FAILED, f"{error}\n"
        except (NotDoneError, SettingsError, ValueError) as error:
            _write(sys.stderr, f"{_request_id(environ)} {error}")
            return _FAILED, f"{error}\n"
        except Exception as error:  # noqa: BLE001 - a fault of ours must be told as one, and end nobody else's request
            _write(sys.stderr, f"{_request_id(environ)} {traceback.format_exc()}")
            return _FAILED, f"{type(error).__name__}\n"
        return HTTPStatus.OK, "done\n"


def credentials_of_request(environ: Mapping[str, Any]) -> Credentials | None:
    """Of a function that has a role."""
    access_key_id, secret, token = (environ.get(name) or None for name in _KEYS)
    return Credentials(access_key_id, secret, token) if access_key_id and secret else None


def _request_id(environ: Mapping[str, Any]) -> str:
    return str(environ.get("HTTP_X_FC_REQUEST_ID", ""))


def _write(stream: TextIO, line: str) -> None:
    """A container's output is its log. In one piece: print() takes two, and other requests' lines come between.

    Where nobody reads it, what cannot be told must not undo what was done.
    """
    with suppress(OSError, ValueError):
        stream.write(f"{line}\n")
        stream.flush()
