"""Scripted faults: what goes wrong at the next calls."""

import threading
from dataclasses import dataclass
from typing import Literal

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
        self._lock = threading.Lock()
        self._scripted: list[tuple[Fault, list[int]]] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._scripted.append((fault, [] if fault.times is None else [fault.times]))

    def clear(self) -> None:
        with self._lock:
            self._scripted.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault this call meets, in the order in which they were added."""
        with self._lock:
            for entry in self._scripted:
                fault, left = entry
                if fault.operation in (None, operation):
                    if left:
                        left[0] -= 1
                        if not left[0]:
                            self._scripted.remove(entry)
                    return fault
        return None
