"""Queues and their messages: who sees which, and until when. Times are seconds since 1970, of the clock given."""

import base64
import hashlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from local_cloud.smq.refusals import Refusal, between

DAY = 24 * 3600
DEFAULT_PRIORITY = 8
_LOOK_AGAIN_SECONDS = 0.02  # while polling, for what comes into view by itself


@dataclass(frozen=True)
class Attributes:
    """Of a queue; limits and defaults are those of CreateQueue's reference."""

    visibility_timeout: int = 30
    maximum_message_size: int = 64 * 1024
    message_retention_period: int = 4 * DAY
    delay_seconds: int = 0
    polling_wait_seconds: int = 0

    def __post_init__(self) -> None:
        between("VisibilityTimeout", self.visibility_timeout, 1, DAY // 2)
        between("MaximumMessageSize", self.maximum_message_size, 1024, 64 * 1024, "bytes")
        between("MessageRetentionPeriod", self.message_retention_period, 60, 7 * DAY)
        between("DelaySeconds", self.delay_seconds, 0, 7 * DAY)
        between("PollingWaitSeconds", self.polling_wait_seconds, 0, 30)


@dataclass(frozen=True)
class Message:
    """``body`` is what was sent, base64 or not. ``receipt`` is that of the last receive, good until ``visible_at``."""

    id: str
    body: str
    enqueued_at: float
    visible_at: float
    priority: int = DEFAULT_PRIORITY
    dequeue_count: int = 0
    first_dequeued_at: float | None = None
    receipt: str | None = None

    @property
    def text(self) -> str:
        """Decoded, where it is base64."""
        try:
            return base64.b64decode(self.body, validate=True).decode()
        except ValueError:
            return self.body

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest().upper()


@dataclass
class Queue:
    """Safe for several threads. Whoever is no client of the service, such as an event stream, uses it directly."""

    name: str
    clock: Callable[[], float]
    attributes: Attributes = field(default_factory=Attributes)

    def __post_init__(self) -> None:
        self.created_at = self.clock()
        self._messages: dict[str, Message] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    def messages(self) -> list[Message]:
        """All that it keeps, seen or not, in the order in which they were sent."""
        with self._changed:
            self._forget_the_old()
            return list(self._messages.values())

    def send(self, body: str, delay_seconds: int | None = None, priority: int = DEFAULT_PRIORITY) -> Message:
        delay = self.attributes.delay_seconds if delay_seconds is None else delay_seconds
        between("DelaySeconds", delay, 0, 7 * DAY)
        between("Priority", priority, 1, 16, "")
        between("MessageBody", len(body.encode()), 1, self.attributes.maximum_message_size, "bytes")
        with self._changed:
            now, number = self.clock(), next(self._numbers)
            message = Message(f"{number:016X}-1-{self.name}", body, now, now + delay, priority)
            if delay:
                message = replace(message, receipt=_receipt(message, number))
            self._messages[message.id] = message
            self._changed.notify_all()
            return message

    def peek(self, most: int) -> list[Message]:
        with self._changed:
            return self._visible()[:most]

    def receive(self, most: int, wait_seconds: float = 0, visibility_timeout: int | None = None) -> list[Message]:
        """Waits for the first, and takes what is there then."""
        until = self.clock() + wait_seconds
        with self._changed:
            while not (visible := self._visible()) and self.clock() < until:
                self._changed.wait(_LOOK_AGAIN_SECONDS)
            hidden_for = visibility_timeout or self.attributes.visibility_timeout
            return [self._hand_out(message, hidden_for) for message in visible[:most]]

    def delete(self, receipt: str) -> None:
        with self._changed:
            del self._messages[self._held(receipt).id]

    def change_visibility(self, receipt: str, seconds: int) -> Message:
        between("VisibilityTimeout", seconds, 1, DAY // 2)
        with self._changed:
            message = self._held(receipt)
            changed = replace(message, visible_at=self.clock() + seconds)
            changed = replace(changed, receipt=_receipt(changed, next(self._numbers)))
            self._messages[message.id] = changed
            return changed

    def _hand_out(self, message: Message, hidden_for: int) -> Message:
        now = self.clock()
        handed_out = replace(
            message,
            visible_at=now + hidden_for,
            dequeue_count=message.dequeue_count + 1,
            first_dequeued_at=message.first_dequeued_at or now,
            receipt=_receipt(message, next(self._numbers)),
        )
        self._messages[message.id] = handed_out
        return handed_out

    def _visible(self) -> list[Message]:
        self._forget_the_old()
        now = self.clock()
        visible = [message for message in self._messages.values() if message.visible_at <= now]
        return sorted(visible, key=lambda message: (message.priority, message.visible_at, message.id))

    def _held(self, receipt: str) -> Message:
        """The message whose receipt this still is (DeleteMessage reference: until its NextVisibleTime)."""
        if receipt.count("-") != 1:
            raise Refusal("ReceiptHandleError", "The receipt handle you provide is not valid.")
        self._forget_the_old()
        for message in self._messages.values():
            if message.receipt == receipt and message.visible_at > self.clock():
                return message
        raise Refusal("MessageNotExist", "Message not exist.")

    def _forget_the_old(self) -> None:
        oldest = self.clock() - self.attributes.message_retention_period
        for message in [message for message in self._messages.values() if message.enqueued_at <= oldest]:
            del self._messages[message.id]


def _receipt(message: Message, number: int) -> str:
    """It stands in a query unescaped, as the SDK sends it."""
    return f"{message.priority}-" + base64.b64encode(f"{message.id}.{number}".encode(), altchars=b"._").decode()
