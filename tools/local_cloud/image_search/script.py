"""Plays the scripted faults around the responses, and lists the calls."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from local_cloud.image_search.faults import ErrorFault, Fault, Faults, PlainFault, StallFault, UnsuccessfulFault
from local_cloud.image_search.responses import leg_of, refused
from local_cloud.image_search.wire import Answer, Client, Request, json_answer, request_id

_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Call:
    """``code``: ``OK``, the error's code, or the kind of the fault that hid or replaced the answer.
    ``time``: when the call arrived, in seconds since 1970. ``host`` is the one that was asked.
    """

    leg: str
    code: str
    time: float
    host: str


class Script:
    """``None`` for an answer means: reset the connection."""

    def __init__(self, faults: Faults, respond: Callable[[Request], Answer], clock: Callable[[], float]) -> None:
        self._faults = faults
        self._respond = respond
        self._clock = clock
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def answer(self, request: Request, client: Client) -> Answer | None:
        arrived = self._clock()
        leg = leg_of(request)
        answer, code = self._play(self._faults.take(leg), request, client)
        with self._lock:
            self._calls.append(Call(leg, code, arrived, request.host))
        return answer

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def _play(self, fault: Fault | None, request: Request, client: Client) -> tuple[Answer | None, str]:
        match fault:
            case PlainFault():
                return self._play_plain(fault, request), fault.kind
            case StallFault() if not client.waits(fault.seconds):
                return None, fault.kind
            case ErrorFault():
                return refused(request, fault.status, fault.code, "Scripted."), fault.code
            case UnsuccessfulFault():
                return _unsuccessful(fault), fault.kind
        answer = self._respond(request)
        return answer, answer.code

    def _play_plain(self, fault: PlainFault, request: Request) -> Answer | None:
        match fault.kind:
            case "html":
                return Answer(502, "text/html", _PAGE)
            case "empty":
                return Answer(200, "application/json", b"")
            case "lost_answer":
                self._respond(request)
        return None


def _unsuccessful(fault: UnsuccessfulFault) -> Answer:
    text = "Msg" if fault.leg == "search" else "Message"
    return json_answer(200, {"RequestId": request_id(), "Code": fault.code, text: "Scripted.", "Success": False})
