"""A message of a standard queue. Times are in milliseconds since 1970, as moto's are."""

import secrets
import time

from moto.sqs.models import Message


class StandardMessage(Message):
    """A message. ``source_arn`` is the queue that SQS moved it from, ``None`` for a message sent to its queue."""

    source_arn: str | None = None
    received_at = 0.0
    in_flight = False
    place = 0  # in its queue: the oldest has the lowest
    entry = -1  # the one entry of the queue's heaps that is valid

    @property
    def hidden_until(self) -> float:
        return max(self.visible_at, self.delayed_until)

    def mark_received(self, visibility_timeout: int | None = None) -> None:
        now = read_clock()
        self.approximate_first_receive_timestamp = self.approximate_first_receive_timestamp or int(now)
        self.approximate_receive_count += 1
        self.received_at, self.visible_at = now, now + (visibility_timeout or 0) * 1000
        if self.receipt_handle:
            self._old_receipt_handles.append(self.receipt_handle)
        self.receipt_handle = secrets.token_hex(90)

    def renew(self, message_id: str) -> "StandardMessage":
        """Return it as a new message: a move task resets the ID, the time, the receives and the delay."""
        renewed = StandardMessage(message_id, self.body, self.system_attributes)
        renewed.message_attributes, renewed.group_id = self.message_attributes, self.group_id
        renewed.mark_sent()
        return renewed


def read_clock() -> float:
    return time.time() * 1000
