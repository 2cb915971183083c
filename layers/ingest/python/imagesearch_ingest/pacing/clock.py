"""Define time as a port, and the instant by which work must end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, and the only way to let it pass."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` seconds pass."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant on ``clock`` by which work must end. ``at`` is in the clock's monotonic seconds."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> "Deadline":
        """Return the deadline ``seconds`` from now."""
        return cls(clock, clock.monotonic() + seconds)

    def later(self, seconds: float) -> "Deadline":
        """Return a deadline ``seconds`` after this one."""
        return Deadline(self.clock, self.at + seconds)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline; negative once it has passed."""
        return self.at - self.clock.monotonic()
