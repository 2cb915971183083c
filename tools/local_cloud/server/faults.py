"""Keep the scripted faults of a service in the order in which its calls meet them."""

import threading
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

BAD_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Repeated(Protocol):
    """A fault that ``times`` calls meet; ``None`` means every call from now on."""

    @property
    def times(self) -> int | None: ...


F = TypeVar("F", bound=Repeated)


class ScriptedFaults(Generic[F]):
    """A queue of faults, safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripted: list[tuple[F, list[int]]] = []

    def add(self, fault: F) -> None:
        with self._lock:
            self._scripted.append(_with_counter(fault))

    def replace(self, faults: Iterable[F]) -> None:
        with self._lock:
            self._scripted = [_with_counter(fault) for fault in faults]

    def take(self, matches: Callable[[F], bool]) -> F | None:
        """Return the first fault that matches a call, or ``None``. It is removed after its last call."""
        with self._lock:
            for scripted in self._scripted:
                fault, remaining = scripted
                if matches(fault):
                    if remaining:
                        remaining[0] -= 1
                        if not remaining[0]:
                            self._scripted.remove(scripted)
                    return fault
        return None


class NextCallFaults(Generic[F]):
    """Faults that the next calls meet, whatever they are."""

    def __init__(self) -> None:
        self._faults: ScriptedFaults[F] = ScriptedFaults()

    def add(self, fault: F) -> None:
        self._faults.add(fault)

    def clear(self) -> None:
        self._faults.replace(())

    def take(self) -> F | None:
        """Return the fault that this call meets, or ``None``."""
        return self._faults.take(lambda _: True)


def _with_counter(fault: F) -> tuple[F, list[int]]:
    """Return the fault with the number of calls that still meet it; an empty list means no limit."""
    return fault, [] if fault.times is None else [fault.times]
