"""Play the scripted faults around the responses, and record the calls."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from local_cloud.server.faults import BAD_GATEWAY_PAGE
from local_cloud.server.wire import Client, Request, Response
from local_cloud.sts.faults import Fault, Faults
from local_cloud.sts.responses import find_action, render_in_form_of, where_is_token


@dataclass(frozen=True)
class Call:
    """One call. ``code`` is ``OK``, the error's code or the kind of the fault; ``token`` is url, body or nowhere."""

    action: str
    code: str
    token: str
    host: str
    method: str


class FaultPlayer:
    def __init__(self, faults: Faults, respond: Callable[[Request], Response]) -> None:
        self._faults = faults
        self._respond = respond
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def respond(self, request: Request, client: Client) -> Response | None:
        """Return the response, changed by the call's fault, or ``None`` to reset the connection."""
        fault = self._faults.take()
        response = self._play(fault, request, client) if fault else self._respond(request)
        code = response.code if response and not (fault and fault.kind == "html") else str(fault and fault.kind)
        host = request.host or request.headers.get("host", "")
        with self._lock:
            self._calls.append(Call(find_action(request), code, where_is_token(request), host, request.method))
        return response

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def _play(self, fault: Fault, request: Request, client: Client) -> Response | None:
        match fault.kind:
            case "error":
                return render_in_form_of(request, fault.status, fault.code, "Scripted.")
            case "html":
                return Response(502, "text/html", BAD_GATEWAY_PAGE)
            case "stall" if client.wait(fault.seconds):
                return self._respond(request)
        return None
