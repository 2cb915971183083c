"""An EventBridge stream, which connects SMQ with the function. Each slot is a process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat

from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.model.errors import NotDoneError
from tests.chaos.calls import WorkerKilled
from tests.chaos.events import smq_event
from tests.chaos.worker_slot import WorkerSlot
from tests.support.fakes import FakeRetryQueue
from tests.support.queues import FakeMessage

_CHECK_SECONDS = 20.0  # between two checks of whether a stopped stream was started


@dataclass(slots=True)
class StreamState:
    """The state that all slots share: a stream stops after its last retry, until a person starts it."""

    stopped_at: float | None = None
    stops: int = 0

    def stop(self, now: float) -> None:
        if self.stopped_at is None:
            self.stopped_at, self.stops = now, self.stops + 1

    def start(self) -> None:
        self.stopped_at = None


@dataclass(slots=True)
class Stream:
    """Deliver batches with EXPONENTIAL_DECAY_RETRY and errorsTolerance NONE.

    Source: EventBridge user guide, Retry policies and dead-letter queues.
    """

    slot: WorkerSlot
    queue: FakeRetryQueue
    new_worker: Callable[[], FcWorker]
    state: StreamState
    decoded: bool
    worker: FcWorker = field(init=False)

    def run(self) -> None:
        self.worker = self._start_worker()
        while not self.slot.is_over():
            is_stopped = self.state.stopped_at is not None
            batch = [] if is_stopped else self.slot.collect(self.queue)
            if batch:
                self._deliver(batch)
            else:
                self.slot.wait(self.queue.seconds_until_visible())

    def _start_worker(self) -> FcWorker:
        self.slot.begin_worker()
        return self.new_worker()

    def _deliver(self, batch: list[FakeMessage]) -> None:
        waits = retry_waits()
        while not self._invoke(batch):
            wait = next(waits, None)
            if wait is None:
                self.state.stop(self.slot.calls.timeline.now)
                waits = retry_waits()
            while self.state.stopped_at is not None:
                self.slot.calls.timeline.sleep(_CHECK_SECONDS)
            self.slot.calls.timeline.sleep(wait or 0.0)
        for message in batch:
            self.queue.delete(message.receipt)

    def _invoke(self, batch: list[FakeMessage]) -> bool:
        """Return whether the function has accepted the batch."""
        request_id = self.slot.begin(batch)
        events = [smq_event(message.message_id, message.body, decoded=self.decoded) for message in batch]
        payload = json.dumps(events, ensure_ascii=False).encode()
        try:
            self.worker.run(payload, seconds_left=self.slot.invocation_seconds, request_id=request_id)
        except NotDoneError as error:
            if type(error) is not NotDoneError:  # an expired token: a new process gets a new one
                self.worker = self._start_worker()
            return False
        except WorkerKilled:
            self.slot.restart()
            self.worker = self._start_worker()
            return False
        return True


def retry_waits() -> Iterator[float]:
    """Yield the waits before 176 retries: doubling up to 512 seconds, about a day in total (ADR 15)."""
    yield from (2.0**n for n in range(9))
    yield from repeat(512.0, 167)
