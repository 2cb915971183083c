"""How one worker reaches the world: each call takes time, may fail by chance, and may be its worker's last."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from imagesearch_ingest.model.errors import IngestError
from tests.chaos.faults import Port
from tests.chaos.journal import Journal
from tests.chaos.rng import Chance
from tests.chaos.timeline import Timeline

R = TypeVar("R")

# Half of it on the way there: what happens meanwhile happens before the service acts.
SECONDS = {
    Port.FETCH: 0.03,
    Port.HEAD: 0.02,
    Port.UPLOAD: 0.05,
    Port.ADD: 0.1,
    Port.DELETE: 0.05,
    Port.LETTER: 0.01,
    Port.ACKNOWLEDGE: 0.002,
    Port.DEFER: 0.002,
    Port.AGAIN: 0.005,
}


class Killed(BaseException):
    """The worker is no more, and all that it remembered. No error of the program's: nobody may catch it."""


class Restless(Protocol):
    def stir(self, key: str) -> None:
        """People may change this key just now."""
        ...


@dataclass(slots=True)
class Calls:
    """``request_id`` and ``ends_at`` are the invocation's that is under way: at its end the platform kills it."""

    timeline: Timeline
    chance: Chance
    people: Restless
    journal: Journal
    slowness: float = 1.0  # nothing takes any time at 0
    request_id: str = ""
    ends_at: float = field(default=0.0)

    def begin(self, request_id: str, seconds: float) -> None:
        self.request_id, self.ends_at = request_id, self.timeline.now + seconds

    def let_pass(self, seconds: float) -> None:
        if not seconds:
            return
        left = self.ends_at - self.timeline.now
        if seconds >= left:
            self.timeline.sleep(left)
            self.journal.note("timed out", self.request_id)
            raise Killed("timed out")
        self.timeline.sleep(seconds)

    def call(self, port: Port, key: str, act: Callable[[], R]) -> R:
        seconds = SECONDS[port] / 2 * self.slowness
        self.let_pass(seconds)
        self.people.stir(key)
        fault = self.chance.draw(port, key, self.timeline.now)
        if fault is None:
            self.journal.note(port, self.request_id, key)
            result = act()
            self.let_pass(seconds)
            return result
        error = fault.error() if fault.error else None
        self.journal.failed(port, self.request_id, key, fault, error)
        if fault.acts:
            with suppress(IngestError):  # the refusal is what gets lost
                act()
        if error is None:
            raise Killed(fault.name)
        self.let_pass(fault.seconds * self.slowness)
        raise error


@dataclass(frozen=True, slots=True)
class WorkerClock:
    """A ``Clock``: the world's time, of which this worker lets some pass."""

    calls: Calls

    def monotonic(self) -> float:
        return self.calls.timeline.now

    def now(self) -> datetime:
        return self.calls.timeline.date()

    def sleep(self, seconds: float) -> None:
        self.calls.let_pass(seconds)
