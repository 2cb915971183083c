"""What Function Compute hands over → records.

An OSS trigger's notification is a record, and so is one event of OSS by EventBridge. Of an SMQ queue, EventBridge hands
over one message in its event, or an array of them (Function Compute user guide, Trigger event formats: SMQ queue
trigger): each message is a record. No record has a receipt: a stream takes back a whole array, or nothing of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from imagesearch_ingest.events.alibaba import oss_notification, smq_message
from imagesearch_ingest.events.alibaba.lenient_json import TooDeepError, load, written_elements
from imagesearch_ingest.events.records import EventRecord

_UNKNOWN_TRIGGER = "the event is of no trigger that this function is made for (SMQ by EventBridge, EventBridge or OSS)"
_LONGEST_ID = 256
_DEEPEST_ARRAY = 4


def parse_fc_event(payload: bytes | str) -> list[EventRecord]:
    """Every record, in order.

    Raises ``ValueError`` when the event is of another trigger: then the trigger is to blame, and no message of it.
    """
    # Bytes that are no UTF-8 become characters that no key holds, and cost no message but their own.
    text = payload if isinstance(payload, str) else payload.decode(errors="surrogateescape")
    try:
        content = _content(text)
    except ValueError as error:
        raise ValueError(_UNKNOWN_TRIGGER) from error
    if isinstance(content, list):
        return [_record(element, f"message {number}") for number, element in enumerate(_elements(content), 1)]
    if isinstance(content, Mapping) and _is_known(content):
        return [_record(content, "without a queue")]
    raise ValueError(_UNKNOWN_TRIGGER)


def _content(text: str) -> object:
    try:
        return load(text)
    except TooDeepError:
        return written_elements(text)


def _is_known(content: Mapping[str, Any]) -> bool:
    from_queue = _message(content) is not None
    return from_queue or oss_notification.is_bridged(content) or oss_notification.is_one(content)


def _elements(content: list[Any], depth: int = 1) -> Iterator[object]:
    """One each, whether it stands there as an object, as text, or in an array of its own; or what it is, if neither."""
    for element in content:
        inner = _parsed(element) if isinstance(element, str) else element
        if isinstance(inner, list) and depth < _DEEPEST_ARRAY:
            yield from _elements(inner, depth + 1)
        else:
            yield inner if isinstance(inner, Mapping) else element


def _parsed(text: str) -> object:
    try:
        return load(text)
    except ValueError:
        return None


def _record(element: object, unnamed: str) -> EventRecord:
    """Of an event without a message the event is the message."""
    message = _message(element)
    read = smq_message.read(message["messageBody"] if message else element)
    ids = (message and message.get("messageId"), element.get("id") if isinstance(element, Mapping) else None)
    return EventRecord(
        message_id=next((name for name in ids if _is_id(name)), unnamed),
        receipt=None,
        receive_count=read.receive_count,
        body=read.text,
        changes=read.changes,
        notes=read.notes,
        first_received_at=read.first_received_at,
    )


def _message(element: object) -> Mapping[str, Any] | None:
    """The message in an event; or, where a stream is told to hand over raw data, on its own."""
    if not isinstance(element, Mapping):
        return None
    candidates = (element.get("data"), element)
    return next((part for part in candidates if isinstance(part, Mapping) and "messageBody" in part), None)


def _is_id(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name.isascii() and 0 < len(name) <= _LONGEST_ID
