"""Between SMQ and the function: an EventBridge stream. Each lane is a process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat

from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.model.errors import NotDoneError
from tests.chaos.calls import Killed
from tests.chaos.events import smq_event
from tests.chaos.smq import Smq, SmqMessage
from tests.chaos.worker_slot import Lane

_LOOK_SECONDS = 20.0  # while it stands still


@dataclass(slots=True)
class StreamState:
    """Of all lanes together: a stream that has used up its retries stands still until a person starts it."""

    stopped_at: float | None = None
    stops: int = 0

    def stop(self, now: float) -> None:
        if self.stopped_at is None:
            self.stopped_at, self.stops = now, self.stops + 1

    def start(self) -> None:
        self.stopped_at = None


@dataclass(slots=True)
class Stream:
    """EXPONENTIAL_DECAY_RETRY, errorsTolerance NONE (EventBridge user guide, Retry policies and dead-letter queues)."""

    lane: Lane
    smq: Smq
    new_worker: Callable[[], FcWorker]
    state: StreamState
    decoded: bool
    worker: FcWorker = field(init=False)

    def live(self) -> None:
        self.worker = self.new_worker()
        while not self.lane.is_over():
            batch = [] if self.state.stopped_at is not None else self.smq.take(self.lane.batch_size)
            if batch:
                self._deliver(batch)
            else:
                self.lane.rest(self.smq.seconds_until_visible())

    def _deliver(self, batch: list[SmqMessage]) -> None:
        waits = generate_waits()
        while not self._is_done_with(batch):
            wait = next(waits, None)
            if wait is None:
                self.state.stop(self.lane.calls.timeline.now)
                waits = generate_waits()
            while self.state.stopped_at is not None:
                self.lane.calls.timeline.sleep(_LOOK_SECONDS)
            self.lane.calls.timeline.sleep(wait or 0.0)
        self.smq.delete(batch)

    def _is_done_with(self, batch: list[SmqMessage]) -> bool:
        request_id = self.lane.begin()
        events = [smq_event(message.message_id, message.text, decoded=self.decoded) for message in batch]
        payload = json.dumps(events, ensure_ascii=False).encode()
        try:
            self.worker.run(payload, seconds_left=self.lane.invocation_seconds, request_id=request_id)
        except NotDoneError as error:
            if type(error) is not NotDoneError:  # an expired token: another process gets a new one
                self.worker = self.new_worker()
            return False
        except Killed:
            self.lane.killed()
            self.worker = self.new_worker()
            return False
        return True


def generate_waits() -> Iterator[float]:
    """Doubling up to 512 seconds, 176 times in about a day (ADR 15)."""
    yield from (2.0**n for n in range(9))
    yield from repeat(512.0, 167)
