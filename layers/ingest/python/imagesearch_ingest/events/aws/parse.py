"""Read the event of a Lambda function as records.

In a batch of SQS, each message is a record; EventBridge Pipes sends the same messages as a bare list. Without a queue,
the whole event is one record, except that each message of SNS is a record.
"""

from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.events.aws import eventbridge, foreign, sqs_message
from imagesearch_ingest.events.aws.dialect import AWS
from imagesearch_ingest.events.lenient_json import UNWRITABLE, dump_or_say_why
from imagesearch_ingest.events.message import is_for_us, read_message
from imagesearch_ingest.events.records import EventRecord
from imagesearch_ingest.events.validate import note_malformed

_UNKNOWN_TRIGGER = "the event has an unknown trigger; known are SQS, S3, SNS, EventBridge and EventBridge Pipes"
_MIXED = "the event mixes records of several sources: {}. A trigger sends records of one source"
_UNNAMED = "without a queue"
_LONGEST_NAME = 64


def parse_lambda_event(event: object) -> list[EventRecord]:
    """Return all records, in order. Raise ``ValueError`` if the event comes from another kind of trigger."""
    fields: Mapping[str, Any] = event if isinstance(event, Mapping) else {}
    given = fields.get("Records") if fields else event
    records: list[Any] = given if isinstance(given, list) else []
    sources = _find_sources(records)
    if len(sources) > 1:
        raise ValueError(_MIXED.format(", ".join(repr(name[:_LONGEST_NAME]) for name in sorted(sources))))
    if refusal := foreign.describe(fields, sources):
        raise ValueError(refusal)
    if sources == {"aws:sqs"} or (fields and given == []):
        return [sqs_message.read(record) for record in records]
    if fields and sources == {"aws:sns"} and any(isinstance(record, Mapping) and "Sns" in record for record in records):
        return [_read_notification(record) for record in records]
    if fields and (sources == {"aws:s3"} or _is_known(fields)):
        return [_read_without_queue(fields, fields.get("id"))]
    raise ValueError(_UNKNOWN_TRIGGER)


def _find_sources(records: list[Any]) -> set[str]:
    """Return the sources that the records name. A record that names none is rejected like a malformed neighbour."""
    mappings = [record for record in records if isinstance(record, Mapping)]
    # Only SNS writes the name of the field with a capital letter.
    names = [record.get("EventSource" if "Sns" in record else "eventSource") for record in mappings]
    return {name for name in names if isinstance(name, str)}


def _is_known(event: Mapping[str, Any]) -> bool:
    return is_for_us(event) or eventbridge.is_aws_event(event) or event.get("Event") == "s3:TestEvent"


def _read_notification(record: object) -> EventRecord:
    """Read a message that SNS sends to the function itself (Lambda developer guide, Invoke with Amazon SNS)."""
    notification = record.get("Sns") if isinstance(record, Mapping) else None
    if not isinstance(notification, Mapping):
        note = note_malformed("the record of SNS holds no message")
        return EventRecord(_UNNAMED, None, 1, dump_or_say_why(record), (), (note,))
    return _read_without_queue(notification, notification.get("MessageId"))


def _read_without_queue(content: Mapping[str, Any], name: object) -> EventRecord:
    message_id = name if isinstance(name, str) and name else _UNNAMED
    text = dump_or_say_why(content)
    if text == UNWRITABLE:
        return EventRecord(message_id, None, 1, text, (), (note_malformed(f"the event is {UNWRITABLE}"),))
    message = read_message(content, text, AWS)
    return EventRecord(
        message_id,
        None,
        1,
        message.event,
        message.changes,
        message.notes,
        replayed=message.replayed,
        body_truncated=message.is_truncated,
    )
