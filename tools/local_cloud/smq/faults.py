"""Scripted faults: what goes wrong at the next calls."""

from dataclasses import dataclass
from typing import Literal

from local_cloud.scripted import ScriptedFaults

Kind = Literal["error", "reset", "lost_answer", "stall", "html"]


@dataclass(frozen=True)
class Fault:
    """One call's, or that of as many as ``times`` says (``None``: all from now on).

    ``error`` answers ``code`` with ``status``; ``reset`` hangs up; ``lost_answer`` does what was asked and hangs up;
    ``stall`` waits for ``seconds`` before it begins; ``html`` answers a proxy's page. ``operation`` is an action's
    name, such as ``SendMessage``; ``None`` is any. Without a ``status``, an error's is 500 and a page's 200.
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
        self._faults.script(fault)

    def clear(self) -> None:
        self._faults.script_only(())

    def take(self, operation: str) -> Fault | None:
        """The fault this call meets."""
        return self._faults.next(lambda fault: fault.operation in (None, operation))
