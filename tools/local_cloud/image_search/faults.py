"""Faults and latencies that are scripted for one leg: an operation, or one of the requests that an upload consists of.

    {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": 2}

    kind           what happens to the leg's next call                                       fields
    error          this code and status: JSON, or XML for an upload                      code, status
    stall          the response waits; nothing is done if the client hangs up meanwhile      seconds
    reset          the connection is reset before anything is done
    lost_answer    the connection is reset after the work is done
    html           a load balancer's 502 page; nothing is done
    empty          status 200 without a body; nothing is done
    cut            the connection ends in the middle of the file (download)
    unsuccessful   status 200 with Success=false; nothing is done (not authorize,            code (default 1)
                   upload and download)

Faults apply in the order in which they were added, one to each call. ``times`` is the number of calls (default 1, None
for ever). A latency is the time that a leg's work takes.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from local_cloud.image_search.validated import read
from local_cloud.server.faults import ScriptedFaults

Leg = Literal[
    "authorize",
    "upload",
    "add",
    "update",
    "delete",
    "search",
    "search_by_name",
    "search_by_text",
    "search_by_filter",
    "compare",
    "exists",
    "detail",
    "dump",
    "dump_list",
    "increase",
    "increase_list",
    "download",
]
LEGS: tuple[str, ...] = get_args(Leg)


def _not_zero(code: int) -> int:
    if code == 0:
        raise ValueError("0 means success; use another code")
    return code


def _is_operation(leg: str) -> str:
    if leg in ("authorize", "upload", "download"):
        raise ValueError("this leg has no Success in its response")
    return leg


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    leg: Leg
    times: Annotated[int, Field(gt=0)] | None = 1


class ErrorFault(_Fault):
    kind: Literal["error"]
    code: Annotated[str, Field(min_length=1)]
    status: Annotated[int, Field(ge=400, le=599)]


class StallFault(_Fault):
    kind: Literal["stall"]
    seconds: Annotated[float, Field(gt=0)]


class PlainFault(_Fault):
    kind: Literal["reset", "lost_answer", "html", "empty"]


class UnsuccessfulFault(_Fault):
    kind: Literal["unsuccessful"]
    leg: Annotated[Leg, AfterValidator(_is_operation)]
    code: Annotated[int, AfterValidator(_not_zero)] = 1


class CutFault(_Fault):
    kind: Literal["cut"]
    leg: Literal["download"]


Fault = ErrorFault | StallFault | PlainFault | UnsuccessfulFault | CutFault
_FAULT: TypeAdapter[Fault] = TypeAdapter(Annotated[Fault, Field(discriminator="kind")])
_FAULTS: TypeAdapter[list[Fault]] = TypeAdapter(list[Annotated[Fault, Field(discriminator="kind")]])
_LATENCIES: TypeAdapter[dict[Leg, float]] = TypeAdapter(
    dict[Leg, Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]]
)


class Faults:
    def __init__(self) -> None:
        self._faults: ScriptedFaults[Fault] = ScriptedFaults()
        self._lock = threading.Lock()
        self._latencies: dict[Leg, float] = {}

    def add(self, spec: Mapping[str, Any]) -> None:
        """Add one fault. Raise ``ValueError`` if it is invalid."""
        self._faults.add(read(_FAULT, spec, "fault"))

    def replace(self, specs: Sequence[Mapping[str, Any]]) -> None:
        """Replace all faults. An invalid one raises ``ValueError`` and leaves the old faults in place."""
        faults = read(_FAULTS, specs, "faults")
        self._faults.replace(faults)

    def set_latency(self, leg: str, seconds: float) -> None:
        latency = read(_LATENCIES, {leg: seconds}, "latency")
        with self._lock:
            self._latencies.update(latency)

    def replace_latencies(self, latencies: Mapping[str, float]) -> None:
        seconds = read(_LATENCIES, latencies, "latencies")
        with self._lock:
            self._latencies = seconds

    def clear(self) -> None:
        """Remove all faults and latencies."""
        self.replace([])
        self.replace_latencies({})

    def latency(self, leg: str) -> float:
        with self._lock:
            return next((seconds for name, seconds in self._latencies.items() if name == leg), 0.0)

    def take(self, leg: str) -> Fault | None:
        """Return the fault that this call of ``leg`` meets, or ``None``."""
        return self._faults.take(lambda fault: fault.leg == leg)
