"""Play the scripted faults around the responses, and record the requests."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from local_cloud.oss.addressing import parse_place
from local_cloud.oss.errors import OssError
from local_cloud.oss.faults import Fault, Faults
from local_cloud.oss.rendering import render_error
from local_cloud.server.faults import BAD_GATEWAY_PAGE
from local_cloud.server.wire import Client, Request, Response

_REMEMBERED = 10_000


class FaultPlayer:
    def __init__(self, faults: Faults, respond: Callable[[Request], Response]) -> None:
        self._faults = faults
        self._respond = respond
        self._requests: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()

    def respond(self, request: Request, client: Client) -> Response | None:
        """Return the response, changed by the request's fault, or ``None`` to reset the connection."""
        with self._lock:
            self._requests.append((request.method, request.target))
        fault = self._faults.take(request.method, parse_place(request).key)
        return self._play(fault, request, client) if fault else self._respond(request)

    def requests(self) -> list[tuple[str, str]]:
        """Return the latest requests: method and path."""
        with self._lock:
            return list(self._requests)

    def forget_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    def _play(self, fault: Fault, request: Request, client: Client) -> Response | None:
        match fault.kind:
            case "error":
                return render_error(request.method, OssError(fault.code, ec=fault.ec, status=fault.status))
            case "stall" if client.wait(fault.seconds):
                return self._respond(request)
            case "cut":
                return replace(self._respond(request), sent_bytes=fault.sent)
            case "html":
                return Response(502, "text/html", BAD_GATEWAY_PAGE)
            case "empty":
                return Response(200)
        return None
