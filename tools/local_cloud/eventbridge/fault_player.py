"""Play the scripted faults around the responses, and record the calls."""

from collections.abc import Callable

from local_cloud.eventbridge.faults import Fault, Faults
from local_cloud.eventbridge.rendering import render_unsuccessful
from local_cloud.eventbridge.responses import find_action
from local_cloud.server.faults import BAD_GATEWAY_PAGE
from local_cloud.server.wire import Client, Request, Response, json_response

_UNREADABLE = {
    "html": Response(502, "text/html", BAD_GATEWAY_PAGE),
    "empty": Response(200, "application/json"),
}


class FaultPlayer:
    """``calls`` lists the actions so far."""

    def __init__(self, faults: Faults, respond: Callable[[Request], Response]) -> None:
        self.calls: list[str] = []
        self._faults = faults
        self._respond = respond

    def respond(self, request: Request, client: Client) -> Response | None:
        """Return the response, changed by the call's fault, or ``None`` to reset the connection."""
        self.calls.append(find_action(request))
        fault = self._faults.take()
        return self._play(fault, request, client) if fault else self._respond(request)

    def _play(self, fault: Fault, request: Request, client: Client) -> Response | None:
        match fault.kind:
            case "error":
                return json_response(fault.status, {"Code": fault.code, "Message": "Scripted."}, fault.code)
            case "unsuccessful":
                return render_unsuccessful(fault.code, "Scripted.")
            case "rubbish":
                return json_response(200, fault.body)
            case "stall" if client.wait(fault.seconds):
                return self._respond(request)
        return _UNREADABLE.get(fault.kind)
