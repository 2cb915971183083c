"""A standard queue in place of moto's, whose requests scan all messages several times.

Times are in milliseconds since 1970, as moto's are.
"""

import itertools
import math
import time
from collections import Counter
from heapq import heappop, heappush
from threading import Condition, RLock
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Message, Queue

from local_cloud.sqs.message import StandardMessage, read_clock

MAX_IN_FLIGHT = 120_000  # SQS developer guide, "Amazon SQS message quotas"
MAX_HIDDEN_SECONDS = 12 * 3600  # from the receive on (API reference, ChangeMessageVisibility)
NOISY_SHARE = 0.1  # developer guide, "How Amazon SQS fair queues work"
NOISY_MESSAGES = 30  # the same page
_POLL_SECONDS = 0.05  # a message becomes visible again without a signal
_Heap = list[tuple[float, int, "StandardMessage"]]  # the second number is the entry's own


class MessageNotInflight(ReceiptHandleIsInvalid):
    """The message is visible again. moto's batches know the base class only."""

    def __init__(self) -> None:
        SQSException.__init__(self, "MessageNotInflight", "The specified message isn't in flight.")


class StandardQueue(Queue):
    """A standard queue. All queues of a backend share one ``lock``, since messages move between them."""

    # Set by moto from the attributes, without a declaration.
    delay_seconds: int
    message_retention_period: int

    def __init__(self, name: str, region: str, account_id: str, *, lock: RLock, **attributes: Any) -> None:  # noqa: ANN401 - moto's
        super().__init__(name, region, account_id, **attributes)
        self._changed = Condition(lock)
        self._held: dict[str, StandardMessage] = {}  # by ID
        self._by_receipt: dict[str, StandardMessage] = {}
        self._groups: Counter[str] = Counter()
        self._in_flight: Counter[str | None] = Counter()  # by group
        self._places, self._entries = itertools.count(), itertools.count()
        # A message has one valid entry at most. The others are dropped when they come out.
        self._hidden: _Heap = []  # by the end of the time
        self._waiting: _Heap = []  # by place
        self._waiting_noisy: dict[str, _Heap] = {}

    def is_created(self) -> bool:
        return True

    @property
    def messages(self) -> list[Message]:
        """Return the visible messages, the oldest first."""
        now = read_clock()
        with self._changed:
            self._drop_expired()
            return [message for message in self._held.values() if message.hidden_until <= now]

    def all_messages(self) -> list[Message]:
        """Return the messages, hidden or not, the oldest first."""
        with self._changed:
            self._drop_expired()
            return list(self._held.values())

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        now = read_clock()
        with self._changed:
            return sum(message.delayed_until > now for message in self._held.values())

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        with self._changed:
            self._show_due()
            return self._in_flight.total()

    def add_message(self, message: Message) -> None:
        assert isinstance(message, StandardMessage)  # noqa: S101 - the backend makes no others
        with self._changed:
            message.place = next(self._places)
            self._held[message.id] = message
            if message.group_id is not None:
                self._groups[message.group_id] += 1
            self._hide(message)
            self._changed.notify_all()

    def find(self, message_id: str) -> StandardMessage | None:
        """Return a message that is visible now."""
        message = self._held.get(message_id)
        return None if message is None or message.hidden_until > read_clock() else message

    def find_source(self, message_id: str) -> str | None:
        """Return the ARN of the queue that SQS moved a message from, ``None`` for any other message."""
        message = self._held.get(message_id)
        return message.source_arn if message else None

    def remove(self, message: StandardMessage) -> None:
        """Drop a message. Deleting it with one of its receipts succeeds from now on."""
        with self._changed:
            message.entry = -1
            self._mark_in_flight(message, in_flight=False)
            del self._held[message.id]
            if message.group_id is not None:
                self._groups[message.group_id] -= 1
            for receipt in filter(None, message.all_receipt_handles):
                self._by_receipt.pop(receipt, None)
                self.deleted_messages.add(receipt)

    def purge(self) -> None:
        with self._changed:
            for message in list(self._held.values()):
                self.remove(message)

    def receive(self, limit: int, wait_seconds: float, hidden_seconds: int) -> list[StandardMessage]:
        """Return up to ``limit`` visible messages. Raise ``SQSException`` if too many are in flight.

        A long poll (``wait_seconds`` above 0) returns nothing instead (developer guide, "visibility timeout").
        """
        deadline = time.monotonic() + wait_seconds
        with self._changed:
            while not (received := self._receive(limit, hidden_seconds, long=wait_seconds > 0)):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(min(left, _POLL_SECONDS))
            return received

    def delete_message(self, receipt_handle: str) -> None:
        with self._changed:
            if receipt_handle not in self.deleted_messages:
                self.remove(self._find_received(receipt_handle))

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        with self._changed:
            self._show_due()
            message, now = self._find_received(receipt_handle), read_clock()
            if not message.in_flight:
                raise MessageNotInflight
            if now + seconds * 1000 - message.received_at > MAX_HIDDEN_SECONDS * 1000:
                raise InvalidParameterValue(
                    f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for "
                    f"the message is beyond the limit [{MAX_HIDDEN_SECONDS} seconds]"
                )
            message.visible_at = now + seconds * 1000
            self._hide(message)
            self._changed.notify_all()

    def _find_received(self, receipt_handle: str) -> StandardMessage:
        try:
            return self._by_receipt[receipt_handle]
        except KeyError:
            raise ReceiptHandleIsInvalid from None

    def _hide(self, message: StandardMessage) -> None:
        message.entry = next(self._entries)
        heappush(self._hidden, (message.hidden_until, message.entry, message))

    def _receive(self, limit: int, hidden_seconds: int, *, long: bool) -> list[StandardMessage]:
        self._show_due()
        limit = min(limit, MAX_IN_FLIGHT - self._in_flight.total())
        if limit <= 0 and not long:
            raise SQSException("OverLimit", f"The queue has {MAX_IN_FLIGHT} messages in flight.")
        most = self.redrive_policy["maxReceiveCount"] if self.redrive_policy else math.inf
        received: list[StandardMessage] = []
        while len(received) < limit and (message := self._take_next()):
            if message.approximate_receive_count >= most:
                self._redrive(message)
                continue
            message.mark_received(visibility_timeout=hidden_seconds)
            self._by_receipt[str(message.receipt_handle)] = message
            self._mark_in_flight(message, in_flight=True)
            received.append(message)
        for message in received:  # not before all are taken: no message is received twice at once
            self._hide(message)
        return received

    def _redrive(self, message: StandardMessage) -> None:
        """Move a message to the dead-letter queue. It keeps its ID and its time (developer guide, retention)."""
        self.remove(message)
        message.source_arn = self.queue_arn
        if self.dead_letter_queue:
            self.dead_letter_queue.add_message(message)

    def _drop_expired(self) -> None:
        for message in [message for message in self._held.values() if self._is_expired(message)]:
            self.remove(message)

    def _is_expired(self, message: StandardMessage) -> bool:
        return (message.sent_timestamp or 0) <= read_clock() - self.message_retention_period * 1000

    def _show_due(self) -> None:
        """Let the messages wait that are visible again, and sort those that wait into quiet and noisy groups."""
        now = read_clock()
        while self._hidden and self._hidden[0][0] <= now:
            _, entry, message = heappop(self._hidden)
            if entry == message.entry:
                self._mark_in_flight(message, in_flight=False)
                heappush(self._waiting, (message.place, entry, message))
        noisy = self._find_noisy()
        for group in self._waiting_noisy.keys() - noisy:
            for waiting in self._waiting_noisy.pop(group):
                heappush(self._waiting, waiting)
        for group in noisy:
            self._waiting_noisy.setdefault(group, [])

    def _take_next(self) -> StandardMessage | None:
        """Take the oldest visible message of the quiet groups, else of the noisy group with the fewest in flight."""
        while self._waiting:
            waiting = heappop(self._waiting)
            noisy = self._waiting_noisy.get(waiting[2].group_id or "")
            if noisy is not None:
                heappush(noisy, waiting)
            elif self._take(*waiting[1:]):
                return waiting[2]
        while group := self._find_next_noisy():
            _, entry, message = heappop(self._waiting_noisy[group])
            if self._take(entry, message):
                return message
        return None

    def _find_next_noisy(self) -> str | None:
        """Return the noisy group with the fewest messages in flight, of several the one with the oldest message."""
        for heap in self._waiting_noisy.values():
            while heap and heap[0][1] != heap[0][2].entry:
                heappop(heap)
        waiting = {group: heap[0][0] for group, heap in self._waiting_noisy.items() if heap}
        return min(waiting, key=lambda group: (self._in_flight[group], waiting[group]), default=None)

    def _take(self, entry: int, message: StandardMessage) -> bool:
        """Return whether the entry is valid, so that the message may be received. Drop an expired message."""
        if entry != message.entry:
            return False
        if self._is_expired(message):
            self.remove(message)
            return False
        message.entry = -1
        return True

    def _mark_in_flight(self, message: StandardMessage, *, in_flight: bool) -> None:
        self._in_flight[message.group_id] += in_flight - message.in_flight
        message.in_flight = in_flight

    def _find_noisy(self) -> set[str]:
        """Return the groups with a disproportionate share of the messages, in flight and waiting.

        SQS looks at the messages in flight and at the consumers' time. Two local pollers have too few in flight for
        that, so the backlog counts as well. A message without a group is a tenant of its own, and never noisy.
        """
        least = max(NOISY_MESSAGES, int(NOISY_SHARE * len(self._held)) + 1)
        return {group for group, number in self._groups.items() if number >= least}
