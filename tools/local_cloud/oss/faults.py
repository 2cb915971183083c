"""Scripted faults, by method and key.

    {"method": "GET", "key": "a.jpg", "kind": "error", "code": "InternalError", "status": 500, "times": 2}

    kind     the next request of that method, for that key if one is named                        fields
    error    is refused with this code, status and EC, and does nothing                           code, status, ec
    stall    waits, then goes on if the client is still there                                     seconds
    reset    has its connection reset, and does nothing
    cut      does its work, and its answer breaks off after so many bytes of the body             sent
    html     gets a load balancer's 502 page, and does nothing
    empty    gets status 200 with neither body nor an object's headers, and does nothing

Faults fire in the order they were added, one a request; ``times`` says how often (once if left out, None for ever).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local_cloud.scripted import ScriptedFaults

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    method: Literal["GET", "HEAD", "PUT", "POST", "DELETE"]
    kind: Literal["error", "stall", "reset", "cut", "html", "empty"]
    key: str | None = None
    times: Annotated[int, Field(gt=0)] | None = 1
    code: str = "InternalError"
    ec: str = ""
    status: Annotated[int, Field(ge=300, le=599)] = 500
    seconds: Annotated[float, Field(gt=0)] = 1.0
    sent: Annotated[int, Field(ge=0)] = 0


class Faults:
    def __init__(self) -> None:
        self._faults: ScriptedFaults[Fault] = ScriptedFaults()

    def add(self, spec: Mapping[str, Any]) -> None:
        """Raises ``ValueError`` for what is no fault."""
        self._faults.script(Fault.model_validate(dict(spec)))

    def clear(self) -> None:
        self._faults.script_only(())

    def take(self, method: str, key: str) -> Fault | None:
        """The fault this request meets."""
        return self._faults.next(lambda fault: fault.method == method and fault.key in (None, key))
