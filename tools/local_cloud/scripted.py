"""Faults that the next calls meet, in the order in which they were added, each as often as it says."""

import threading
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar


class Repeated(Protocol):
    """``times`` is how many calls meet it; ``None``: all from now on."""

    @property
    def times(self) -> int | None: ...


F = TypeVar("F", bound=Repeated)


class ScriptedFaults(Generic[F]):
    """Safe to be used by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripted: list[tuple[F, list[int]]] = []

    def script(self, fault: F) -> None:
        with self._lock:
            self._scripted.append(_begun(fault))

    def script_only(self, faults: Iterable[F]) -> None:
        with self._lock:
            self._scripted = [_begun(fault) for fault in faults]

    def next(self, is_meant: Callable[[F], bool]) -> F | None:
        """The fault that a call meets, of those that are meant for it; the next call meets the next."""
        with self._lock:
            for scripted in self._scripted:
                fault, left = scripted
                if is_meant(fault):
                    if left:
                        left[0] -= 1
                        if not left[0]:
                            self._scripted.remove(scripted)
                    return fault
        return None


def _begun(fault: F) -> tuple[F, list[int]]:
    """With how often it is still to be met, if that is counted."""
    return fault, [] if fault.times is None else [fault.times]
