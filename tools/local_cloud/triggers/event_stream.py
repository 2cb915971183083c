"""Invoke the function with batches from SMQ, as an EventBridge stream does.

A batch is deleted from the queue only after the function has returned; a partial response does not exist. Retries and
their end follow EventBridge's user guide, "Retry policies and dead-letter queues". With fault tolerance prohibited
(``errorsTolerance: NONE``), a stream that has used up its retries stops ("task status -> Ready") until an operator
starts it again (``restart``). The messages stay in SMQ until their retention ends.

Not documented, so chosen here: a stopped stream keeps its batch, hidden in the queue; a dead letter is the unchanged
message; a body that is not base64 is passed on unchanged.
"""

import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, Literal

from local_cloud.runtimes.function import FunctionError
from local_cloud.smq.errors import SmqError
from local_cloud.smq.models import DAY, Message, Queue
from local_cloud.triggers.pollers import Pollers

REGION, ACCOUNT = "cn-shanghai", "1234567890123456"
_MAX_MESSAGES_PER_CALL = 16
_HIDDEN_SECONDS = DAY // 2
_PAUSE_SECONDS = 0.02

Mode = Literal["event-streaming", "event-driven"]
Retries = Literal["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]
Tolerance = Literal["NONE", "ALL"]


@dataclass(frozen=True)
class RunOptions:
    """A trigger's options, named as in Function Compute's ``RunOptions``, ``BatchWindow`` and ``SourceMNSParameters``.

    A batch is full with ``count_window`` messages or ``time_window`` seconds after its first message. ``concurrency``
    is the sink's. Every wait is multiplied by ``time_scale``: 0.01 turns 100 seconds into one.
    """

    mode: Mode = "event-streaming"
    count_window: int = 10
    time_window: float = 0
    base64_decode: bool = True
    retries: Retries = "BACKOFF_RETRY"
    errors_tolerance: Tolerance = "NONE"
    concurrency: int = 1
    time_scale: float = 1.0


class EventStream(Pollers):
    """``invoke`` takes the event as bytes and raises ``FunctionError``. ``dead_letters`` is used with tolerance ALL."""

    def __init__(
        self,
        queue: Queue,
        invoke: Callable[[bytes], Any],
        options: RunOptions | None = None,
        *,
        dead_letters: Queue | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._queue = queue
        self._invoke = invoke
        self._options = options or RunOptions()
        self._dead_letters = dead_letters
        self._rng = rng or random.Random()
        self._blocked = threading.Event()
        super().__init__(self._poll, self._options.concurrency, "event-stream")

    @property
    def is_blocked(self) -> bool:
        """Whether the stream has stopped because a batch used up its retries."""
        return self._blocked.is_set()

    def restart(self) -> None:
        """Continue with the batch that failed, as an operator does after removing the cause."""
        self._blocked.clear()

    def _poll(self) -> None:
        batch: list[Message] = []
        while not self.stopping.wait(_PAUSE_SECONDS):
            if self.is_blocked:
                continue
            try:
                batch = batch or self._collect_batch()
                if batch and self._deliver(batch):
                    batch = []
            except Exception as error:  # noqa: BLE001 - one bad poll must not end the stream
                self.log_failure(repr(error))
        for message in batch:
            self._settle(lambda receipt: self._queue.change_visibility(receipt, 1), message)

    def _collect_batch(self) -> list[Message]:
        """Receive until the batch is full or the time window of its first message ends."""
        size = self._options.count_window if self._options.mode == "event-streaming" else 1
        batch = self._receive(size)
        closes_at = time.monotonic() + self._options.time_window * self._options.time_scale
        while batch and len(batch) < size and not self.stopping.is_set():
            more = self._receive(size - len(batch))
            batch += more
            if not more:
                if time.monotonic() >= closes_at:
                    break
                self.stopping.wait(_PAUSE_SECONDS)
        return batch

    def _receive(self, limit: int) -> list[Message]:
        return self._queue.receive(min(limit, _MAX_MESSAGES_PER_CALL), visibility_timeout=_HIDDEN_SECONDS)

    def _deliver(self, batch: list[Message]) -> bool:
        """Return whether the batch is finished: processed, dead-lettered or dropped."""
        event = self._encode_event(batch)
        waits = generate_waits(self._options.retries, self._rng)
        while error := self._try_invoke(event):
            self.log_failure(f"{error}\n{error.trace}".strip())
            wait = next(waits, None)
            if wait is None:
                return self._give_up(batch)
            if self.stopping.wait(wait * self._options.time_scale):
                return False
        self._delete(batch)
        return True

    def _try_invoke(self, event: bytes) -> FunctionError | None:
        try:
            self._invoke(event)
        except FunctionError as error:
            return error
        return None

    def _give_up(self, batch: list[Message]) -> bool:
        if self._options.errors_tolerance == "NONE":
            self._blocked.set()
            self.log_failure("the stream is stopped until it is restarted")
            return False
        if self._dead_letters:
            for message in batch:
                self._dead_letters.send(message.body)
        self._delete(batch)
        return True

    def _delete(self, batch: list[Message]) -> None:
        for message in batch:
            self._settle(self._queue.delete, message)

    def _settle(self, settle: Callable[[str], Any], message: Message) -> None:
        """Delete or release one message. One that is gone already is only logged."""
        try:
            settle(message.receipt or "")
        except SmqError as error:
            self.log_failure(str(error))

    def _encode_event(self, batch: list[Message]) -> bytes:
        events = [to_cloud_event(message, self._queue.name, decoded=self._options.base64_decode) for message in batch]
        return json.dumps(events if self._options.mode == "event-streaming" else events[0]).encode()


def generate_waits(strategy: Retries, rng: random.Random) -> Iterator[float]:
    """Yield the seconds before each retry.

    ``BACKOFF_RETRY`` waits three times for 10 to 20 s. ``EXPONENTIAL_DECAY_RETRY`` doubles up to 512 s, 176 times in
    all, which is about a day.
    """
    if strategy == "BACKOFF_RETRY":
        yield from (rng.uniform(10, 20) for _ in range(3))
    else:
        yield from (2.0**n for n in range(9))
        yield from repeat(512.0, 167)


def to_cloud_event(message: Message, queue_name: str, *, decoded: bool) -> dict[str, Any]:
    """Return a message as an event (EventBridge user guide, "Create a custom event source of the SMQ type")."""
    return {
        "id": str(uuid.uuid4()),
        "source": "acs:mns",
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": f"acs:mns:{REGION}:{ACCOUNT}:queues/{queue_name}",
        "time": _format_time(message.enqueued_at),
        "aliyunaccountid": ACCOUNT,
        "aliyunregionid": REGION,
        "aliyunpublishtime": _format_time(message.enqueued_at),
        "data": {
            "requestId": uuid.uuid4().hex[:24].upper(),
            "messageId": message.id,
            "messageBody": message.text if decoded else message.body,
        },
    }


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
