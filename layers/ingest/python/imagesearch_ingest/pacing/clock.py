"""Time as a port, and the instant by which work must end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, and the only way to let it pass."""

    def monotonic(self) -> float: ...

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant on ``clock`` by which the work must be done."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> "Deadline":
        return cls(clock, clock.monotonic() + seconds)

    def later(self, seconds: float) -> "Deadline":
        return Deadline(self.clock, self.at + seconds)

    def seconds_left(self) -> float:
        return self.at - self.clock.monotonic()
