"""Read the event of a Function Compute function as records.

A notification from an OSS trigger is one record, and so is an event of OSS sent by EventBridge. From an SMQ queue,
EventBridge sends a message or an array of messages (Function Compute user guide, Trigger event formats: SMQ queue
trigger), and each message is a record. Records have no receipt: a stream retries a whole array or nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from imagesearch_ingest.events.alibaba import oss_notification, smq_message
from imagesearch_ingest.events.lenient_json import TooDeepError, load, split_elements
from imagesearch_ingest.events.message import is_for_us
from imagesearch_ingest.events.records import EventRecord

_UNKNOWN_TRIGGER = "the event has an unknown trigger; known are OSS, EventBridge, and SMQ through EventBridge"
_LONGEST_ID = 256
_DEEPEST_ARRAY = 4


def parse_fc_event(payload: bytes | str) -> list[EventRecord]:
    """Return all records, in order. Raise ``ValueError`` if the event comes from another kind of trigger."""
    # Invalid UTF-8 becomes characters that cannot be in a key. Then only the message that contains it is malformed.
    text = payload if isinstance(payload, str) else payload.decode(errors="surrogateescape")
    try:
        content = _load_or_split(text)
    except ValueError as error:
        raise ValueError(_UNKNOWN_TRIGGER) from error
    if isinstance(content, list):
        return [_read_record(element, f"message {number}") for number, element in enumerate(_flatten(content), 1)]
    if isinstance(content, Mapping) and _is_known(content):
        return [_read_record(content, "without a queue")]
    raise ValueError(_UNKNOWN_TRIGGER)


def _load_or_split(text: str) -> object:
    try:
        return load(text)
    except TooDeepError:
        return split_elements(text)


def _is_known(content: Mapping[str, Any]) -> bool:
    from_queue = _find_message(content) is not None
    return (
        from_queue
        or is_for_us(content)
        or oss_notification.is_bridged(content)
        or oss_notification.is_notification(content)
    )


def _flatten(content: list[Any], depth: int = 1) -> Iterator[object]:
    """Yield the elements. Unpack those that are JSON in a text or that lie in an array of their own."""
    for element in content:
        inner = _try_load(element) if isinstance(element, str) else element
        if isinstance(inner, list) and depth < _DEEPEST_ARRAY:
            yield from _flatten(inner, depth + 1)
        else:
            yield inner if isinstance(inner, Mapping) else element


def _try_load(text: str) -> object:
    try:
        return load(text)
    except ValueError:
        return None


def _read_record(element: object, unnamed: str) -> EventRecord:
    """Read the message in an event, or the event itself if there is no message in it."""
    message = _find_message(element)
    received = smq_message.read(message["messageBody"] if message else element)
    read = received.message
    ids = (message and message.get("messageId"), element.get("id") if isinstance(element, Mapping) else None)
    return EventRecord(
        message_id=next((name for name in ids if _is_id(name)), unnamed),
        receipt=None,
        receive_count=received.receive_count,
        body=read.event,
        changes=read.changes,
        notes=read.notes,
        first_received_at=received.first_received_at,
        retention_began_at=received.retention_began_at,
        replayed=read.replayed,
        body_truncated=read.is_truncated,
        message=read.text,
    )


def _find_message(element: object) -> Mapping[str, Any] | None:
    """Return the message in an event. A stream of raw data sends the message without an event."""
    if not isinstance(element, Mapping):
        return None
    candidates = (element.get("data"), element)
    return next((part for part in candidates if isinstance(part, Mapping) and "messageBody" in part), None)


def _is_id(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name.isascii() and 0 < len(name) <= _LONGEST_ID
