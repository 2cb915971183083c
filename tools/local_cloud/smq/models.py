"""Queues and messages: state and rules, without HTTP. Times are in seconds since 1970."""

import base64
import hashlib
import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from local_cloud.smq.errors import SmqError, require_between

DAY = 24 * 3600
DEFAULT_PRIORITY = 8
_POLL_SECONDS = 0.02  # a message becomes visible again without a signal


@dataclass(frozen=True)
class Attributes:
    """A queue's attributes, with the limits and defaults of the CreateQueue reference."""

    visibility_timeout: int = 30
    maximum_message_size: int = 64 * 1024
    message_retention_period: int = 4 * DAY
    delay_seconds: int = 0
    polling_wait_seconds: int = 0

    def __post_init__(self) -> None:
        require_between("VisibilityTimeout", self.visibility_timeout, 1, DAY // 2)
        require_between("MaximumMessageSize", self.maximum_message_size, 1024, 64 * 1024, "bytes")
        require_between("MessageRetentionPeriod", self.message_retention_period, 60, 7 * DAY)
        require_between("DelaySeconds", self.delay_seconds, 0, 7 * DAY)
        require_between("PollingWaitSeconds", self.polling_wait_seconds, 0, 30)


@dataclass(frozen=True)
class Message:
    """A message. ``body`` is as it was sent, and ``receipt`` is the last receive's, valid until ``visible_at``."""

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
        """The body, decoded if it is base64."""
        try:
            return base64.b64decode(self.body, validate=True).decode()
        except ValueError:
            return self.body

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest().upper()


@dataclass
class Queue:
    """A queue, safe for several threads. An event stream uses it directly, without HTTP."""

    name: str
    clock: Callable[[], float]
    attributes: Attributes = field(default_factory=Attributes)

    def __post_init__(self) -> None:
        self.created_at = self.clock()
        self._messages: dict[str, Message] = {}  # by ID, in the order in which they were sent
        self._by_receipt: dict[str, str] = {}  # the ID for each message's last receipt
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    def messages(self) -> list[Message]:
        """Return every message, visible or not, in the order in which they were sent."""
        with self._changed:
            self._drop_expired()
            return list(self._messages.values())

    def send(self, body: str, delay_seconds: int | None = None, priority: int = DEFAULT_PRIORITY) -> Message:
        delay = self.attributes.delay_seconds if delay_seconds is None else delay_seconds
        require_between("DelaySeconds", delay, 0, 7 * DAY)
        require_between("Priority", priority, 1, 16, "")
        require_between("MessageBody", len(body.encode()), 1, self.attributes.maximum_message_size, "bytes")
        with self._changed:
            now, number = self.clock(), next(self._numbers)
            message = Message(f"{number:016X}-1-{self.name}", body, now, now + delay, priority)
            if delay:
                message = replace(message, receipt=_make_receipt(message, number))
            self._put(message)
            self._changed.notify_all()
            return message

    def peek(self, limit: int) -> list[Message]:
        with self._changed:
            return self._find_visible(limit)

    def receive(self, limit: int, wait_seconds: float = 0, visibility_timeout: int | None = None) -> list[Message]:
        """Wait for the first visible message, and return up to ``limit`` that are visible then."""
        until = self.clock() + wait_seconds
        with self._changed:
            while not (visible := self._find_visible(limit)) and self.clock() < until:
                self._changed.wait(_POLL_SECONDS)
            hidden_for = visibility_timeout or self.attributes.visibility_timeout
            return [self._hand_out(message, hidden_for) for message in visible]

    def delete(self, receipt: str) -> None:
        with self._changed:
            self._drop(self._find_held(receipt))

    def change_visibility(self, receipt: str, seconds: int) -> Message:
        require_between("VisibilityTimeout", seconds, 1, DAY // 2)
        with self._changed:
            message = self._find_held(receipt)
            changed = replace(message, visible_at=self.clock() + seconds)
            changed = replace(changed, receipt=_make_receipt(changed, next(self._numbers)))
            self._put(changed)
            return changed

    def _hand_out(self, message: Message, hidden_for: int) -> Message:
        now = self.clock()
        handed_out = replace(
            message,
            visible_at=now + hidden_for,
            dequeue_count=message.dequeue_count + 1,
            first_dequeued_at=message.first_dequeued_at or now,
            receipt=_make_receipt(message, next(self._numbers)),
        )
        self._put(handed_out)
        return handed_out

    def _put(self, message: Message) -> None:
        """Keep a message in place of its older form, whose receipt is no longer valid."""
        if (old := self._messages.get(message.id)) and old.receipt:
            del self._by_receipt[old.receipt]
        if message.receipt:
            self._by_receipt[message.receipt] = message.id
        self._messages[message.id] = message

    def _drop(self, message: Message) -> None:
        if message.receipt:
            del self._by_receipt[message.receipt]
        del self._messages[message.id]

    def _find_visible(self, limit: int) -> list[Message]:
        """Return the first visible messages: by priority, then those that have been visible longest."""
        self._drop_expired()
        now = self.clock()
        visible = (message for message in self._messages.values() if message.visible_at <= now)
        return heapq.nsmallest(limit, visible, key=lambda message: (message.priority, message.visible_at, message.id))

    def _find_held(self, receipt: str) -> Message:
        """Return the message of a valid receipt (DeleteMessage reference: until its NextVisibleTime)."""
        if receipt.count("-") != 1:
            raise SmqError("ReceiptHandleError", "The receipt handle you provide is not valid.")
        self._drop_expired()
        message = self._messages.get(self._by_receipt.get(receipt, ""))
        if message and message.visible_at > self.clock():
            return message
        raise SmqError("MessageNotExist", "Message not exist.")

    def _drop_expired(self) -> None:
        oldest = self.clock() - self.attributes.message_retention_period
        expired = itertools.takewhile(lambda message: message.enqueued_at <= oldest, self._messages.values())
        for message in list(expired):
            self._drop(message)


def _make_receipt(message: Message, number: int) -> str:
    """Return a handle without characters that need escaping in a query: the SDK does not escape it."""
    return f"{message.priority}-" + base64.b64encode(f"{message.id}.{number}".encode(), altchars=b"._").decode()
