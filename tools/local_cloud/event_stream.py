"""Between SMQ and function, as an EventBridge stream is: batches, retries, and what comes of those that never succeed.

A batch is deleted from the queue only when the function has returned; there is no partial answer. How often and how
long it is tried again, and what then: EventBridge user guide, "Retry policies and dead-letter queues". With fault
tolerance prohibited (``errorsTolerance: NONE``), a stream whose retries are used up is *stopped*: its "task status ->
Ready", and so it stays until somebody starts it again (``restart``). Nothing is lost for as long as SMQ keeps it.

Not documented, so chosen: that a batch stays with the stream, hidden in the queue, while the stream is stopped; that a
dead letter is the message as it was; that a body which is no base64 is handed on as it is.
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

from local_cloud.function import FunctionError
from local_cloud.pollers import Pollers
from local_cloud.smq.queues import DAY, Message, Queue
from local_cloud.smq.refusals import Refusal

REGION, ACCOUNT = "cn-shanghai", "1234567890123456"
_MOST_AT_ONCE = 16
_HELD_SECONDS = DAY // 2
_PAUSE_SECONDS = 0.02

Mode = Literal["event-streaming", "event-driven"]
Retries = Literal["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]
Tolerance = Literal["NONE", "ALL"]


@dataclass(frozen=True)
class RunOptions:
    """Of a trigger, in the words of Function Compute's ``RunOptions``, ``BatchWindow`` and ``SourceMNSParameters``.

    A batch is full with ``count_window`` messages, or ``time_window`` seconds after its first. ``concurrency`` is the
    sink's. ``time_scale`` shortens every wait: 0.01 makes seconds of minutes.
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
    """``invoke`` gets the event's bytes, and raises ``FunctionError``. ``dead_letters`` serves a tolerance of ALL."""

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
    def blocked(self) -> bool:
        """Whether it has stopped itself, since a batch failed as often as it may."""
        return self._blocked.is_set()

    def restart(self) -> None:
        """As a person does, when the cause is mended: goes on with the batch that failed."""
        self._blocked.clear()

    def _poll(self) -> None:
        batch: list[Message] = []
        while not self.stopping.wait(_PAUSE_SECONDS):
            if self.blocked:
                continue
            try:
                batch = batch or self._collect()
                if batch and self._deliver(batch):
                    batch = []
            except Exception as error:  # noqa: BLE001 - one bad poll must not end the stream
                self.say(repr(error))
        for message in batch:
            self._settle(lambda receipt: self._queue.change_visibility(receipt, 1), message)

    def _collect(self) -> list[Message]:
        """Until the batch is full, or the window is over that its first message has opened."""
        most = self._options.count_window if self._options.mode == "event-streaming" else 1
        batch = self._take(most)
        closes_at = time.monotonic() + self._options.time_window * self._options.time_scale
        while batch and len(batch) < most and not self.stopping.is_set():
            more = self._take(most - len(batch))
            batch += more
            if not more:
                if time.monotonic() >= closes_at:
                    break
                self.stopping.wait(_PAUSE_SECONDS)
        return batch

    def _take(self, most: int) -> list[Message]:
        return self._queue.receive(min(most, _MOST_AT_ONCE), visibility_timeout=_HELD_SECONDS)

    def _deliver(self, batch: list[Message]) -> bool:
        """True when the batch is done with, in whatever way."""
        event = self._event(batch)
        waits = retry_waits(self._options.retries, self._rng)
        while fault := self._fault(event):
            self.say(f"{fault}\n{fault.trace}".strip())
            wait = next(waits, None)
            if wait is None:
                return self._give_up(batch)
            if self.stopping.wait(wait * self._options.time_scale):
                return False
        self._delete(batch)
        return True

    def _fault(self, event: bytes) -> FunctionError | None:
        try:
            self._invoke(event)
        except FunctionError as error:
            return error
        return None

    def _give_up(self, batch: list[Message]) -> bool:
        if self._options.errors_tolerance == "NONE":
            self._blocked.set()
            self.say("the stream is stopped, until it is restarted")
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
        """One that is gone meanwhile needs no settling."""
        try:
            settle(message.receipt or "")
        except Refusal as refusal:
            self.say(str(refusal))

    def _event(self, batch: list[Message]) -> bytes:
        events = [cloud_event(message, self._queue.name, decoded=self._options.base64_decode) for message in batch]
        return json.dumps(events if self._options.mode == "event-streaming" else events[0]).encode()


def retry_waits(strategy: Retries, rng: random.Random) -> Iterator[float]:
    """Seconds before each retry: three times ten to twenty; or doubling up to 512, of which 167 make up the day."""
    if strategy == "BACKOFF_RETRY":
        yield from (rng.uniform(10, 20) for _ in range(3))
    else:
        yield from (2.0**n for n in range(9))
        yield from repeat(512.0, 167)


def cloud_event(message: Message, queue_name: str, *, decoded: bool) -> dict[str, Any]:
    """EventBridge user guide, "Create a custom event source of the SMQ type", sample event."""
    return {
        "id": str(uuid.uuid4()),
        "source": "acs:mns",
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": f"acs:mns:{REGION}:{ACCOUNT}:queues/{queue_name}",
        "time": _iso(message.enqueued_at),
        "aliyunaccountid": ACCOUNT,
        "aliyunregionid": REGION,
        "aliyunpublishtime": _iso(message.enqueued_at),
        "data": {
            "requestId": uuid.uuid4().hex[:24].upper(),
            "messageId": message.id,
            "messageBody": message.text if decoded else message.body,
        },
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
