"""Fakes of the queues that events come from. They hide, redrive and expire messages as SQS and SMQ do."""

import heapq
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from tests.support.faults import Faults

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """The attributes of a queue. The defaults are those of template.yaml; a chaos test compares them."""

    visibility_seconds: float = 1800.0
    retention_seconds: float = 14 * DAY
    max_receives: float = 1000
    reach: int | None = None  # how many messages from the front a receive may return; None for any


# A stream holds what it has received until it deletes it. SMQ returns messages nearly in order, and keeps one for seven
# days from when it can first be received (SMQ, "Limits").
SMQ_LIMITS = QueueLimits(visibility_seconds=float("inf"), retention_seconds=7 * DAY, max_receives=float("inf"), reach=8)


@dataclass(slots=True)
class FakeMessage:
    message_id: str
    body: str
    first_visible_at: float
    visible_at: float
    receives: int = 0
    first_received_at: float = 0.0

    @property
    def receipt(self) -> str:
        """Return the receipt of the latest receive."""
        return f"{self.message_id}#{self.receives}"


class FakeQueue:
    """A queue with a clock of its own. Safe for several threads at once.

    ``redriven`` and ``expired`` are the messages that the queue gave up. Without ``rng``, receives are in order.
    """

    def __init__(
        self,
        now: Callable[[], float] = lambda: 0.0,
        rng: random.Random | None = None,
        limits: QueueLimits | None = None,
    ) -> None:
        self.redriven: list[FakeMessage] = []
        self.expired: list[FakeMessage] = []
        self.highest_receive_count = 0
        self.faults = Faults()
        self._now, self._rng, self._limits = now, rng, limits or QueueLimits()
        self._messages: dict[str, FakeMessage] = {}
        self._hidden: list[tuple[float, int, str]] = []
        self._visible: list[str] = []
        self._numbers = count()
        self._lock = threading.RLock()

    @property
    def size(self) -> int:
        """Return how many messages the queue keeps, visible or not."""
        return len(self._messages)

    def bodies(self) -> list[str]:
        """Return the bodies of all messages, visible or not."""
        with self._lock:
            return [message.body for message in self._messages.values()]

    def send(self, body: str, seconds: float = 0.0) -> None:
        """Add a message that can be received after ``seconds``."""
        with self._lock:
            visible_at = self._now() + seconds
            message = FakeMessage(f"m{next(self._numbers)}", body, visible_at, visible_at)
            self._messages[message.message_id] = message
            if seconds:
                self._hide(message, seconds)
            else:
                self._visible.append(message.message_id)

    def receive(self, max_messages: int) -> list[FakeMessage]:
        """Return visible messages and hide them. A message that was received too often is redriven instead."""
        with self._lock:
            self._show_due()
            batch: list[FakeMessage] = []
            while self._visible and len(batch) < max_messages:
                message = self._messages.get(self._pop_visible())
                if message is None or self._gives_up(message):
                    continue
                self._receive(message)
                batch.append(message)
            return batch

    def delete(self, receipt: str) -> None:
        """Remove a message. SQS mostly accepts an old receipt too."""
        with self._lock:
            self._messages.pop(receipt.partition("#")[0], None)

    def hide(self, receipt: str, seconds: float) -> None:
        """Hide a message for ``seconds``. An old receipt changes nothing: another consumer holds the message."""
        with self._lock:
            message = self._messages.get(receipt.partition("#")[0])
            if message and message.receipt == receipt:
                self._hide(message, seconds)

    def seconds_until_visible(self) -> float:
        """Return the seconds until a hidden message can be received; a day if there is none."""
        with self._lock:
            while self._hidden and self._is_outdated(self._hidden[0]):
                heapq.heappop(self._hidden)
            return max(0.0, self._hidden[0][0] - self._now()) if self._hidden else DAY

    def _receive(self, message: FakeMessage) -> None:
        message.receives += 1
        message.first_received_at = message.first_received_at or self._now()
        self.highest_receive_count = max(self.highest_receive_count, message.receives)
        self._hide(message, self._limits.visibility_seconds)

    def _hide(self, message: FakeMessage, seconds: float) -> None:
        message.visible_at = self._now() + seconds
        heapq.heappush(self._hidden, (message.visible_at, next(self._numbers), message.message_id))

    def _show_due(self) -> None:
        while self._hidden and self._hidden[0][0] <= self._now():
            entry = heapq.heappop(self._hidden)
            if not self._is_outdated(entry):
                self._visible.append(entry[2])

    def _is_outdated(self, entry: tuple[float, int, str]) -> bool:
        """Return whether the message was deleted or hidden anew since the entry was made."""
        visible_at, _, message_id = entry
        message = self._messages.get(message_id)
        return message is None or message.visible_at != visible_at

    def _pop_visible(self) -> str:
        reach = min(len(self._visible), self._limits.reach or len(self._visible))
        return self._visible.pop(int(self._rng.random() * reach) if self._rng else 0)

    def _gives_up(self, message: FakeMessage) -> bool:
        is_too_old = self._now() - message.first_visible_at >= self._limits.retention_seconds
        is_too_often = message.receives >= self._limits.max_receives
        if is_too_old or is_too_often:
            (self.expired if is_too_old else self.redriven).append(message)
            del self._messages[message.message_id]
        return is_too_old or is_too_often


class FakeEventQueue(FakeQueue):
    """An ``EventQueue``. ``deferred`` maps the receipts of deferred messages to seconds, until they are received."""

    def __init__(
        self,
        now: Callable[[], float] = lambda: 0.0,
        rng: random.Random | None = None,
        limits: QueueLimits | None = None,
    ) -> None:
        super().__init__(now, rng, limits)
        self.acked: list[str] = []
        self.deferred: dict[str, int] = {}

    def ack(self, receipt: str) -> None:
        self.faults.play("ack")
        self.acked.append(receipt)
        self.delete(receipt)

    def defer(self, receipt: str, seconds: int) -> None:
        self.faults.play("defer")
        self.deferred[receipt] = seconds
        self.hide(receipt, seconds)

    def _receive(self, message: FakeMessage) -> None:
        self.deferred.pop(message.receipt, None)
        super()._receive(message)


class FakeRetryQueue(FakeQueue):
    """A ``RetryQueue``. ``sent`` holds each requeued body with its seconds, unless a run is too long for that."""

    def __init__(
        self, now: Callable[[], float] = lambda: 0.0, rng: random.Random | None = None, *, keeps_sent: bool = True
    ) -> None:
        super().__init__(now, rng, SMQ_LIMITS)
        self.sent: list[tuple[str, int]] = []
        self._keeps_sent = keeps_sent

    def requeue(self, body: str, seconds: int) -> None:
        self.faults.play("requeue")
        if self._keeps_sent:
            self.sent.append((body, seconds))
        self.send(body, seconds)
