"""A message that was sent to its queue once more, and the receive count that it carries.

On Function Compute no queue can be told to hide a message for a while. What is to come back is sent again, delayed, in
an envelope of ours: SMQ counts its receives anew, so the envelope counts them for it.

    {"imagesearch_ingest": {"receives": 2, "first_received_at": "<ISO 8601>", "message": "<the original, as text>"}}

Whoever may write to the queue can write one, so it is believed only as far as it is one of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imagesearch_ingest.events.alibaba.lenient_json import dump
from imagesearch_ingest.events.records import EventRecord
from imagesearch_ingest.events.validate import UnreadableError

_NAME = "imagesearch_ingest"
MOST_RECEIVES = 1_000_000  # half an hour each, that is 57 years
_LONGEST_TIME = 64


@dataclass(frozen=True, slots=True)
class RetryMessage:
    """``message`` is the original, never another envelope."""

    receives: int
    first_received_at: str | None
    message: str


def retry_message(record: EventRecord, now: str) -> str:
    """The message to be sent for a record that is to come back. ``now`` is ISO 8601, UTC.

    It holds the original, not the envelope that the record came in: however often it is sent, it does not grow.
    """
    envelope = {
        "receives": min(record.receive_count + 1, MOST_RECEIVES),
        "first_received_at": record.first_received_at or now,
        "message": record.body,
    }
    return dump({_NAME: envelope})


def is_one(content: Mapping[str, Any]) -> bool:
    return _NAME in content


def opened(content: Mapping[str, Any]) -> RetryMessage:
    """Raises ``UnreadableError`` when it is none that we have written."""
    envelope = content[_NAME]
    if not isinstance(envelope, Mapping):
        raise UnreadableError("its envelope is no object")
    receives, first, message = (envelope.get(name) for name in ("receives", "first_received_at", "message"))
    if type(receives) is not int or not 1 <= receives <= MOST_RECEIVES:
        raise UnreadableError(f"its receive count is no number from 1 to {MOST_RECEIVES}")
    if not (first is None or _is_time(first)):
        raise UnreadableError("the time of its first receive is no ISO 8601 time")
    if not isinstance(message, str):
        raise UnreadableError("its original message is no text")
    return RetryMessage(receives, first, message)


def _is_time(text: object) -> bool:
    try:
        return isinstance(text, str) and len(text) <= _LONGEST_TIME and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
