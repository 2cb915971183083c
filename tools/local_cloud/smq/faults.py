"""Faults that are scripted for the next calls."""

from dataclasses import dataclass
from typing import Literal

from local_cloud.server.faults import ScriptedFaults

Kind = Literal["error", "reset", "lost_answer", "stall", "html"]


@dataclass(frozen=True)
class Fault:
    """A fault that ``times`` calls of ``operation`` meet; ``None`` means every call, or every operation.

    ``error`` answers with ``code`` and ``status``; ``reset`` resets the connection before anything is done;
    ``lost_answer`` resets it after the work is done; ``stall`` waits ``seconds`` before the work; ``html`` answers with
    a proxy's login page. The default status is 500 for an error and 200 for a page.
    """

    kind: Kind
    operation: str | None = None
    times: int | None = 1
    code: str = "InternalError"
    status: int | None = None
    seconds: float = 0.0


class Faults:
    def __init__(self) -> None:
        self._faults: ScriptedFaults[Fault] = ScriptedFaults()

    def add(self, fault: Fault) -> None:
        self._faults.add(fault)

    def clear(self) -> None:
        self._faults.replace(())

    def take(self, operation: str) -> Fault | None:
        """Return the fault that this call meets, or ``None``."""
        return self._faults.take(lambda fault: fault.operation in (None, operation))
