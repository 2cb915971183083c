"""A standard queue of SQS: no order, at least once, visibility per message, a backstop, and fourteen days.

The numbers are the template's; a test holds them together.
"""

import heapq
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.chaos.events import sqs_record
from tests.chaos.timeline import Timeline

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class QueueSettings:
    visibility_seconds: float = 1800.0
    retention_seconds: float = 14 * DAY
    most_receives: int = 1000


@dataclass(slots=True)
class SqsMessage:
    message_id: str
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    first_receive: float = 0.0

    @property
    def receipt(self) -> str:
        return f"{self.message_id}#{self.receives}"


@dataclass(slots=True)
class Sqs:
    """``redriven`` and ``expired`` are what the queue itself has given up: nobody has written why."""

    timeline: Timeline
    rng: random.Random
    settings: QueueSettings = field(default_factory=QueueSettings)
    redriven: list[SqsMessage] = field(default_factory=list)
    expired: list[SqsMessage] = field(default_factory=list)
    most_receives: int = 0
    _messages: dict[str, SqsMessage] = field(default_factory=dict)
    _hidden: list[tuple[float, int, str]] = field(default_factory=list)
    _visible: list[str] = field(default_factory=list)
    _numbers: count = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._messages)

    def send(self, body: str) -> None:
        message = SqsMessage(f"m{next(self._numbers)}", body, self.timeline.now, self.timeline.now)
        self._messages[message.message_id] = message
        self._visible.append(message.message_id)

    def receive(self, most: int) -> list[dict[str, Any]]:
        """Any of those in view. One that has been received too often is the dead-letter queue's now."""
        self._uncover()
        batch: list[dict[str, Any]] = []
        while self._visible and len(batch) < most:
            message = self._messages.get(self._any_visible())
            if message is None or self._gives_up(message):
                continue
            message.receives += 1
            self.most_receives = max(self.most_receives, message.receives)
            message.first_receive = message.first_receive or self.timeline.now
            self._hide(message, self.settings.visibility_seconds)
            receives, first = message.receives, message.first_receive
            batch.append(sqs_record(message.message_id, message.receipt, message.body, receives, first))
        return batch

    def delete(self, receipt: str) -> None:
        """By whichever receipt: SQS takes an old one too, mostly."""
        self._messages.pop(receipt.partition("#")[0], None)

    def defer(self, receipt: str, seconds: float) -> None:
        """An old receipt changes nothing: the message is somebody else's by now."""
        message = self._messages.get(receipt.partition("#")[0])
        if message and message.receipt == receipt:
            self._hide(message, seconds)

    def seconds_until_visible(self) -> float:
        """Until the next hidden one may come into view."""
        return max(0.0, self._hidden[0][0] - self.timeline.now) if self._hidden else DAY

    def _hide(self, message: SqsMessage, seconds: float) -> None:
        message.visible_at = self.timeline.now + seconds
        heapq.heappush(self._hidden, (message.visible_at, next(self._numbers), message.message_id))

    def _uncover(self) -> None:
        """What was hidden anew meanwhile, or deleted, leaves nothing but its old entry behind."""
        while self._hidden and self._hidden[0][0] <= self.timeline.now:
            visible_at, _, message_id = heapq.heappop(self._hidden)
            message = self._messages.get(message_id)
            if message and message.visible_at == visible_at:
                self._visible.append(message_id)

    def _any_visible(self) -> str:
        place = int(self.rng.random() * len(self._visible))
        self._visible[place], self._visible[-1] = self._visible[-1], self._visible[place]
        return self._visible.pop()

    def _gives_up(self, message: SqsMessage) -> bool:
        too_old = self.timeline.now - message.sent_at >= self.settings.retention_seconds
        too_often = message.receives >= self.settings.most_receives
        if too_old or too_often:
            (self.expired if too_old else self.redriven).append(message)
            del self._messages[message.message_id]
        return too_old or too_often
