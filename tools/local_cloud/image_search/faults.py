"""Scripted faults and latencies, per leg of a call.

    {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": 2}

    kind           the leg's next call                                                              fields
    error          is refused with this code and status: JSON, or XML on the upload leg             code, status
    stall          waits, then goes on if the client is still there                                 seconds
    reset          has its connection reset, and does nothing
    lost_answer    does its work, and then has its connection reset
    html           gets a load balancer's 502 page, and does nothing
    empty          gets status 200 with no body, and does nothing
    unsuccessful   gets status 200 with Success=false, and does nothing (add, delete, search)       code (1 if left out)

Faults fire in the order they were added, one a call; ``times`` says how often (once if left out, None for ever).
A latency is how long a leg's work takes.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local_cloud.scripted import ScriptedFaults

Leg = Literal["authorize", "upload", "add", "delete", "search"]
LEGS: tuple[str, ...] = get_args(Leg)
T = TypeVar("T")


def _not_zero(code: int) -> int:
    if code == 0:
        raise ValueError("0 would mean success")
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
    """One message with everything that is wrong, short enough for a terminal."""
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
        self._faults.script(_read(_FAULT, spec, "fault"))

    def replace(self, specs: Sequence[Mapping[str, Any]]) -> None:
        """All or none: one that cannot be read leaves those before in force."""
        faults = _read(_FAULTS, specs, "faults")
        self._faults.script_only(faults)

    def set_latency(self, leg: str, seconds: float) -> None:
        latency = _read(_LATENCIES, {leg: seconds}, "latency")
        with self._lock:
            self._latencies.update(latency)

    def replace_latencies(self, latencies: Mapping[str, float]) -> None:
        read = _read(_LATENCIES, latencies, "latencies")
        with self._lock:
            self._latencies = read

    def clear(self) -> None:
        """No faults, no latencies."""
        self.replace([])
        self.replace_latencies({})

    def latency(self, leg: str) -> float:
        with self._lock:
            return next((seconds for name, seconds in self._latencies.items() if name == leg), 0.0)

    def take(self, leg: str) -> Fault | None:
        """The fault this call of ``leg`` meets."""
        return self._faults.next(lambda fault: fault.leg == leg)
