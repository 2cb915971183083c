"""Faults that are scripted for one method and key.

    {"method": "GET", "key": "a.jpg", "kind": "error", "code": "InternalError", "status": 500, "times": 2}

    kind     what happens to the next request of that method, for that key if given               fields
    error    this code, status and EC; nothing is done                                            code, status, ec
    stall    the response waits; nothing is done if the client hangs up meanwhile                 seconds
    reset    the connection is reset before anything is done
    cut      the connection breaks off after that many bytes of the response's body               sent
    html     a load balancer's 502 page; nothing is done
    empty    status 200 with neither body nor an object's headers; nothing is done

Faults apply in the order in which they were added, one to each request. ``times`` is the number of requests (default 1,
None for ever).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local_cloud.server.faults import ScriptedFaults


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
        """Add one fault. Raise ``ValueError`` if it is invalid."""
        self._faults.add(Fault.model_validate(dict(spec)))

    def clear(self) -> None:
        self._faults.replace(())

    def take(self, method: str, key: str) -> Fault | None:
        """Return the fault that this request meets, or ``None``."""
        return self._faults.take(lambda fault: fault.method == method and fault.key in (None, key))
