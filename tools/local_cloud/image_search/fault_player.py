"""Play the scripted faults around the responses, and record the calls."""

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass

from local_cloud.image_search.faults import (
    CutFault,
    ErrorFault,
    Fault,
    Faults,
    PlainFault,
    StallFault,
    UnsuccessfulFault,
)
from local_cloud.image_search.rendering import CALL_THEIR_TEXT_MESSAGE, new_request_id, render_error
from local_cloud.image_search.responses import find_leg
from local_cloud.server.faults import BAD_GATEWAY_PAGE
from local_cloud.server.wire import Client, Request, Response, json_response


@dataclass(frozen=True)
class Call:
    """One call. ``code`` is ``OK``, the error's code, or the kind of the fault that hid or replaced the response.

    ``time`` is when the call arrived, in seconds since 1970, and ``host`` the host that it named.
    """

    leg: str
    code: str
    time: float
    host: str


class FaultPlayer:
    def __init__(self, faults: Faults, respond: Callable[[Request], Response], clock: Callable[[], float]) -> None:
        self._faults = faults
        self._respond = respond
        self._clock = clock
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def respond(self, request: Request, client: Client) -> Response | None:
        """Return the response, changed by the call's fault, or ``None`` to reset the connection."""
        arrived = self._clock()
        leg = find_leg(request)
        response, code = self._play(self._faults.take(leg), request, client)
        with self._lock:
            self._calls.append(Call(leg, code, arrived, request.host))
        return response

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def _play(self, fault: Fault | None, request: Request, client: Client) -> tuple[Response | None, str]:
        match fault:
            case PlainFault():
                return self._play_plain(fault, request), fault.kind
            case StallFault() if not client.wait(fault.seconds):
                return None, fault.kind
            case ErrorFault():
                return render_error(request.host, fault.status, fault.code, "Scripted."), fault.code
            case UnsuccessfulFault():
                return _render_unsuccessful(fault), fault.kind
        response = self._respond(request)
        if isinstance(fault, CutFault):
            return dataclasses.replace(response, sent_bytes=len(response.body) // 2), fault.kind
        return response, response.code

    def _play_plain(self, fault: PlainFault, request: Request) -> Response | None:
        match fault.kind:
            case "html":
                return Response(502, "text/html", BAD_GATEWAY_PAGE)
            case "empty":
                return Response(200, "application/json")
            case "lost_answer":
                self._respond(request)
        return None


def _render_unsuccessful(fault: UnsuccessfulFault) -> Response:
    text = "Message" if fault.leg in CALL_THEIR_TEXT_MESSAGE else "Msg"
    return json_response(200, {"RequestId": new_request_id(), "Code": fault.code, text: "Scripted.", "Success": False})
