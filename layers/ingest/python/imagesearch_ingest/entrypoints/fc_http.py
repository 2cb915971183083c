"""The WSGI application of a custom container on Function Compute.

Events arrive as POST /invoke and the instance's start as POST /initialize, with temporary keys in the headers of each.
A failure needs both status 404 and the header ``x-fc-status: 404`` (Function Compute documentation, "Custom runtime
specification" and "Code development in Custom Container runtimes").
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
THREADS = 16  # requests at once; the others wait
KEEP_ALIVE_SECONDS = 24 * 3600  # the platform owns the connections and closes them ("Configure the HTTP server")


class FcApplication:
    """Answer the platform's requests, several at once. ``end`` ends the process if another one is needed.

    The worker is made at the start or by the first event. Requests that arrive meanwhile wait for it. A failed start is
    answered with its reason and tried again at the next request.
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
        """Answer one request (PEP 3333)."""
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
                return self._respond(lambda: self._invoke(environ), environ)
            case "POST", "/initialize":
                return self._respond(self._worker, environ)
            case "GET", "/":
                return HTTPStatus.OK, "imagesearch-ingest\n"
        return _FAILED, f"unknown request: {method} {path}\n"

    def _invoke(self, environ: Mapping[str, Any]) -> None:
        begun, request_id = self._monotonic(), _request_id(environ)
        _write(sys.stdout, f"FC Invoke Start RequestId: {request_id}")  # the platform cuts its log at these lines
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

    def _respond(self, call: Callable[[], object], environ: Mapping[str, Any]) -> tuple[HTTPStatus, str]:
        """Return the response for ``call``: the status for the platform, the text for people."""
        try:
            call()
        except ExpiredTokenError as error:
            _write(sys.stderr, f"{_request_id(environ)} {error}")
            self._end(1)
            return _FAILED, f"{error}\n"
        except (NotDoneError, SettingsError, ValueError) as error:
            _write(sys.stderr, f"{_request_id(environ)} {error}")
            return _FAILED, f"{error}\n"
        except Exception as error:  # noqa: BLE001 - a bug must be reported and must not end other requests
            _write(sys.stderr, f"{_request_id(environ)} {traceback.format_exc()}")
            return _FAILED, f"{type(error).__name__}\n"
        return HTTPStatus.OK, "done\n"


def credentials_of_request(environ: Mapping[str, Any]) -> Credentials | None:
    """Return the temporary key in the request's headers, or ``None`` if the function has no role."""
    access_key_id, secret, token = (environ.get(name) or None for name in _KEYS)
    return Credentials(access_key_id, secret, token) if access_key_id and secret else None


def _request_id(environ: Mapping[str, Any]) -> str:
    return str(environ.get("HTTP_X_FC_REQUEST_ID", ""))


def _write(stream: TextIO, line: str) -> None:
    """Write a line to the container's log in one piece, so that other requests' lines cannot come between.

    A lost line must not undo finished work.
    """
    with suppress(OSError, ValueError):
        stream.write(f"{line}\n")
        stream.flush()
