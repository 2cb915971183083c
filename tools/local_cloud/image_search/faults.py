"""Faults and latencies that are scripted for one leg: one of the requests of an add, a delete or a search.

    {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": 2}

    kind           what happens to the leg's next call                                       fields
    error          this code and status: JSON, or XML for an upload                      code, status
    stall          the response waits; nothing is done if the client hangs up meanwhile      seconds
    reset          the connection is reset before anything is done
    lost_answer    the connection is reset after the work is done
    html           a load balancer's 502 page; nothing is done
    empty          status 200 without a body; nothing is done
    unsuccessful   status 200 with Success=false; nothing is done (add, delete, search)      code (default 1)

Faults apply in the order in which they were added, one to each call. ``times`` is the number of calls (default 1, None
for ever). A latency is the time that a leg's work takes.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local_cloud.server.faults import ScriptedFaults

Leg = Literal["authorize", "upload", "add", "delete", "search"]
LEGS: tuple[str, ...] = get_args(Leg)
T = TypeVar("T")


def _not_zero(code: int) -> int:
    if code == 0:
        raise ValueError("0 means success; use another code")
    return code


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
    leg: Literal["add", "delete", "search"]
    code: Annotated[int, AfterValidator(_not_zero)] = 1


Fault = ErrorFault | StallFault | PlainFault | UnsuccessfulFault
_FAULT: TypeAdapter[Fault] = TypeAdapter(Annotated[Fault, Field(discriminator="kind")])
_FAULTS: TypeAdapter[list[Fault]] = TypeAdapter(list[Annotated[Fault, Field(discriminator="kind")]])
_LATENCIES: TypeAdapter[dict[Leg, float]] = TypeAdapter(
    dict[Leg, Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]]
)


def _read(adapter: TypeAdapter[T], value: object, what: str) -> T:
    """Return the validated value. Raise ``ValueError`` with every problem in one line."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors()]
        raise ValueError(f"{what} {value!r}: {'; '.join(problems)}") from None


class Faults:
    def __init__(self) -> None:
        self._faults: ScriptedFaults[Fault] = ScriptedFaults()
        self._lock = threading.Lock()
        self._latencies: dict[Leg, float] = {}

    def add(self, spec: Mapping[str, Any]) -> None:
        """Add one fault. Raise ``ValueError`` if it is invalid."""
        self._faults.add(_read(_FAULT, spec, "fault"))

    def replace(self, specs: Sequence[Mapping[str, Any]]) -> None:
        """Replace all faults. An invalid one raises ``ValueError`` and leaves the old faults in place."""
        faults = _read(_FAULTS, specs, "faults")
        self._faults.replace(faults)

    def set_latency(self, leg: str, seconds: float) -> None:
        latency = _read(_LATENCIES, {leg: seconds}, "latency")
        with self._lock:
            self._latencies.update(latency)

    def replace_latencies(self, latencies: Mapping[str, float]) -> None:
        read = _read(_LATENCIES, latencies, "latencies")
        with self._lock:
            self._latencies = read

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
