"""Read a message of SQS as a record (Lambda developer guide, example SQS event).

A message without one of its fields is rejected, and its neighbours are not affected.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.events.aws.dialect import AWS
from imagesearch_ingest.events.lenient_json import dump_or_say_why
from imagesearch_ingest.events.message import Message, read_message
from imagesearch_ingest.events.records import EventRecord
from imagesearch_ingest.events.validate import UnreadableError, note_malformed

_MAX_RECEIVES = 1_000_000
_MOST_DIGITS = 15


def read(message: object) -> EventRecord:
    """Return the record. A message without an ID gets an empty one: the platform cannot be asked to keep it."""
    fields = message if isinstance(message, Mapping) else {}
    given = fields.get("attributes")
    attributes = given if isinstance(given, Mapping) else {}
    began = _to_time(attributes.get("SentTimestamp"))
    first = _to_time(attributes.get("ApproximateFirstReceiveTimestamp"))
    receives = 1
    try:
        receives = _read_receives(attributes)
        content = _read_body(fields)
    except UnreadableError as error:
        content = _reject(message, fields, str(error))
    return EventRecord(
        message_id=_text_of(fields, "messageId") or "",
        receipt=_text_of(fields, "receiptHandle"),
        receive_count=receives,
        body=content.event,
        changes=content.changes,
        notes=content.notes,
        first_received_at=first.isoformat(timespec="milliseconds") if first else None,
        retention_began_at=began,
        replayed=content.replayed,
        body_truncated=content.is_truncated,
    )


def _read_body(fields: Mapping[str, Any]) -> Message:
    for name in ("messageId", "receiptHandle"):
        if _text_of(fields, name) is None:
            raise UnreadableError(f"{name} is missing or is not a text")
    body = fields.get("body")
    if not isinstance(body, str):
        raise UnreadableError("body is missing or is not a text")
    return read_message(*AWS.load(body), AWS)


def _reject(message: object, fields: Mapping[str, Any], detail: str) -> Message:
    """Return a rejection. It keeps the body, so that the dead letter can be put back; or else the whole message."""
    body = fields.get("body")
    text = body if isinstance(body, str) else dump_or_say_why(message)
    return Message(text, text, (), (note_malformed(f"the message of SQS: {detail}"),))


def _read_receives(attributes: Mapping[str, Any]) -> int:
    receives = _to_integer(attributes.get("ApproximateReceiveCount"))
    if receives is None or not 1 <= receives <= _MAX_RECEIVES:
        raise UnreadableError("ApproximateReceiveCount is missing or is not a number of receives")
    return receives


def _to_time(milliseconds: object) -> datetime | None:
    number = _to_integer(milliseconds)
    try:
        return None if number is None else datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # years beyond 9999
        return None


def _to_integer(value: object) -> int | None:
    """Return a number that SQS writes as text, or ``None`` for anything else."""
    text = str(value) if type(value) is int else value
    is_number = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and isinstance(text, str) else None


def _text_of(fields: Mapping[str, Any], name: str) -> str | None:
    text = fields.get(name)
    return text if isinstance(text, str) and text else None
