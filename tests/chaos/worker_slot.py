"""One of several places where a worker can run. A killed worker is replaced by a new one."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.calls import Calls
from tests.chaos.deliveries import Deliveries
from tests.support.queues import FakeMessage, FakeQueue

_POLL_SECONDS, _IDLE_POLL_SECONDS = 20.0, 900.0
_COLD_START_SECONDS = 1.0


@dataclass(slots=True)
class WorkerSlot:
    """``is_over`` tells that the run is finished, ``expects_changes`` that uploaders may still change something."""

    name: str
    calls: Calls
    deliveries: Deliveries
    is_over: Callable[[], bool]
    expects_changes: Callable[[], bool]
    batch_size: int
    window_seconds: float
    invocation_seconds: float
    invocations: int = 0
    kills: int = 0

    def begin_worker(self) -> None:
        """Start a worker in this place."""
        self.calls.begin_worker(self.name)

    def begin(self, batch: list[FakeMessage]) -> str:
        """Start an invocation with these messages, and return its request ID."""
        self.invocations += 1
        request_id = f"{self.name}-{self.invocations}"
        self.calls.begin(request_id, self.invocation_seconds)
        self.deliveries.begin(request_id, batch)
        return request_id

    def collect(self, queue: FakeQueue) -> list[FakeMessage]:
        """Return the messages of a full batch, or those that came within the batching window."""
        batch = queue.receive(self.batch_size)
        if batch and len(batch) < self.batch_size:
            self.calls.timeline.sleep(self.window_seconds)
            batch += queue.receive(self.batch_size - len(batch))
        return batch

    def restart(self) -> None:
        """Count a killed worker, and wait for the cold start of the next one."""
        self.kills += 1
        self.calls.timeline.sleep(_COLD_START_SECONDS)

    def wait(self, seconds: float) -> None:
        """Wait for the next message. While no change is expected, poll rarely: polls take time to simulate."""
        longest = max(_POLL_SECONDS, self.window_seconds) if self.expects_changes() else _IDLE_POLL_SECONDS
        self.calls.timeline.sleep(min(longest, max(0.2, seconds)))
