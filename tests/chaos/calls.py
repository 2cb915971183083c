"""The calls of one worker. Each takes time, may fail, and may kill its worker."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from imagesearch_ingest.model.errors import IngestError
from tests.chaos.journal import Journal
from tests.chaos.readings import other_reading
from tests.chaos.rng import FaultRng
from tests.chaos.timeline import Timeline
from tests.support.intercepted import Operation

R = TypeVar("R")

# Half of the time passes before the service acts, so that other changes can overtake the call.
SECONDS = {
    Operation.FETCH: 0.03,
    Operation.HEAD: 0.02,
    Operation.UPLOAD: 0.05,
    Operation.ADD: 0.1,
    Operation.DELETE: 0.05,
    Operation.SEND_LETTER: 0.01,
    Operation.ACK: 0.002,
    Operation.DEFER: 0.002,
    Operation.REQUEUE: 0.005,
}


class WorkerKilled(BaseException):
    """The worker is dead, with everything that it remembered. No ``except Exception`` may catch this."""


class Uploader(Protocol):
    """Somebody who may change an object while a worker handles it."""

    def may_change(self, key: str) -> None:
        """Change the object now, or do not."""
        ...


@dataclass(slots=True)
class Calls:
    """An ``Interceptor``. ``request_id`` and ``ends_at`` belong to the current invocation."""

    cloud: str

    timeline: Timeline
    faults: FaultRng
    uploaders: Uploader
    journal: Journal
    slowness: float = 1.0
    request_id: str = ""
    ends_at: float = 0.0
    last_fetched: str = ""

    def begin_worker(self, name: str) -> None:
        """Start a worker, which remembers nothing."""
        self.journal.evidence[name].forget()

    def begin(self, request_id: str, seconds: float) -> None:
        """Start an invocation that may take ``seconds``."""
        self.request_id, self.ends_at = request_id, self.timeline.now + seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass. Raise ``WorkerKilled`` at the invocation's timeout."""
        if not seconds:
            return
        left = self.ends_at - self.timeline.now
        if seconds >= left:
            self.timeline.sleep(left)
            self.journal.note("timed out", self.request_id)
            raise WorkerKilled("timed out")
        self.timeline.sleep(seconds)

    def __call__(self, operation: Operation, key: str, act: Callable[[], R]) -> R:
        called, key = key, self._key(operation, key)
        seconds = SECONDS[operation] / 2 * self.slowness
        self.sleep(seconds)
        self.uploaders.may_change(key)
        fault = self.faults.draw(operation, called or key, self.timeline.now)
        if fault is None:
            self.journal.note(operation, self.request_id, key)
            try:
                result = act()
            except IngestError as refusal:
                self.journal.note_refusal(self.request_id, key, refusal)
                raise
            self.journal.note_success(operation, self.request_id, key)
            self.sleep(seconds)
            return result
        error = fault.error() if fault.error else None
        self.journal.note_fault(operation, self.request_id, key, fault, error)
        if fault.acts:
            with suppress(IngestError):  # the refusal is the answer that gets lost
                act()
        if error is None:
            raise WorkerKilled(fault.name)
        self.sleep(fault.seconds * self.slowness)
        raise error

    def _key(self, operation: Operation, key: str) -> str:
        """Return the key of the object in work.

        A worker handles one object at a time. So an upload belongs to the last fetch, and so does a look at the other
        reading of its key: an upload that is gone may be meant by that.
        """
        if operation is Operation.FETCH:
            self.last_fetched = key
        is_other_reading = operation is Operation.HEAD and key == other_reading(self.cloud, self.last_fetched)
        return self.last_fetched if operation is Operation.UPLOAD or is_other_reading else key


@dataclass(frozen=True, slots=True)
class WorkerClock:
    """A ``Clock`` on the timeline. Sleeping may kill the worker."""

    calls: Calls

    def monotonic(self) -> float:
        return self.calls.timeline.now

    def now(self) -> datetime:
        return self.calls.timeline.date()

    def sleep(self, seconds: float) -> None:
        self.calls.sleep(seconds)
