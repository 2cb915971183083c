"""Play the scripted faults around the responses, and record the calls."""

from collections.abc import Callable

from local_cloud.server.wire import Client, Request, Response
from local_cloud.smq.actions import parse_action
from local_cloud.smq.errors import SmqError
from local_cloud.smq.faults import Fault, Faults
from local_cloud.smq.rendering import render_error

_LOGIN_PAGE = b"<html><head><title>Welcome</title></head><body><h1>Log in to the network</h1></body></html>"


class FaultPlayer:
    """``calls`` lists the actions so far."""

    def __init__(self, faults: Faults, respond: Callable[[Request], Response]) -> None:
        self.calls: list[str] = []
        self._faults = faults
        self._respond = respond

    def respond(self, request: Request, client: Client) -> Response | None:
        """Return the response, changed by the call's fault, or ``None`` to reset the connection."""
        try:
            operation = parse_action(request).operation
        except SmqError as error:
            return render_error(error)
        self.calls.append(operation)
        fault = self._faults.take(operation)
        return self._play(fault, request, client) if fault else self._respond(request)

    def _play(self, fault: Fault, request: Request, client: Client) -> Response | None:
        match fault.kind:
            case "error":
                return render_error(SmqError(fault.code, "Scripted.", fault.status or 500))
            case "html":
                return Response(fault.status or 200, "text/html", _LOGIN_PAGE)
            case "stall" if client.wait(fault.seconds):
                return self._respond(request)
            case "lost_answer":
                self._respond(request)
        return None
