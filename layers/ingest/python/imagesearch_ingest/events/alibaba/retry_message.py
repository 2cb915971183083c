"""Write and read the envelope in which a message is sent to its queue again, with its receive count.

On Function Compute the function cannot make the queue hide a message for a while. So it sends the message again, with
a delay. SMQ counts the receives of the new message from one, so the envelope holds the total.

    {"imagesearch_ingest": {"receives": 2, "first_received_at": "<ISO 8601>", "message": "<the original, as text>"}}

Anybody who may write to the queue can write such an envelope, so every field is validated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.events.announcement import NAME, is_announcement
from imagesearch_ingest.events.lenient_json import dump
from imagesearch_ingest.events.records import EventRecord
from imagesearch_ingest.events.validate import UnreadableError

MAX_RECEIVES = 1_000_000  # 57 years at half an hour each
_LONGEST_TIME = 64


@dataclass(frozen=True, slots=True)
class RetryMessage:
    """The content of an envelope. ``message`` is the original message, never another envelope."""

    receives: int
    first_received_at: str | None
    message: str

    @property
    def retention_began_at(self) -> datetime | None:
        """Return the time of the first receive in UTC. The record's age counts from it: SMQ does not tell another."""
        if self.first_received_at is None:
            return None
        time = datetime.fromisoformat(self.first_received_at)
        try:
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except OverflowError:  # within a day of the first or the last year
            return None


def write_retry_message(record: EventRecord, now: str) -> str:
    """Return the message that delivers a record again. ``now`` is in ISO 8601, UTC.

    It holds the message that was received, without its envelope, so it does not grow from retry to retry. A dead letter
    that was put back stays a dead letter.
    """
    envelope = {
        "receives": min(record.receive_count + 1, MAX_RECEIVES),
        "first_received_at": record.first_received_at or now,
        "message": record.text,
    }
    return dump({NAME: envelope})


def is_envelope(content: Mapping[str, Any]) -> bool:
    """Return whether the content claims to be an envelope; ``open_envelope`` validates it.

    An announcement has the same outer name.
    """
    return NAME in content and not is_announcement(content)


def open_envelope(content: Mapping[str, Any]) -> RetryMessage:
    """Return the content of an envelope. Raise ``UnreadableError`` if this library cannot have written it."""
    envelope = content[NAME]
    if not isinstance(envelope, Mapping):
        raise UnreadableError(f"{NAME} is not an object")
    receives, first, message = (envelope.get(name) for name in ("receives", "first_received_at", "message"))
    if type(receives) is not int or not 1 <= receives <= MAX_RECEIVES:
        raise UnreadableError(f"receives is not an integer from 1 to {MAX_RECEIVES}")
    if not (first is None or _is_time(first)):
        raise UnreadableError("first_received_at is not an ISO 8601 time")
    if not isinstance(message, str):
        raise UnreadableError("message is not a text")
    return RetryMessage(receives, first, message)


def _is_time(text: object) -> bool:
    try:
        return isinstance(text, str) and len(text) <= _LONGEST_TIME and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
