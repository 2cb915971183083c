"""Read the event of a Lambda function as records.

In a batch of SQS, each message is a record. Its body is an S3 notification or an EventBridge event, possibly in an
envelope of SNS. Without a queue, the whole event is one record.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.events.aws import eventbridge, s3_notification
from imagesearch_ingest.events.records import EventRecord, Note, partition
from imagesearch_ingest.model.objects import ObjectChange
from imagesearch_ingest.model.reasons import Reason

_UNKNOWN_TRIGGER = "the event has an unknown trigger; known are SQS, S3 and EventBridge"


def parse_lambda_event(event: Any) -> list[EventRecord]:  # noqa: ANN401 - whatever the platform sends
    """Return all records, in order. Raise ``ValueError`` if the event comes from another kind of trigger."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if isinstance(records, list) and all(_comes_from(record, "aws:sqs") for record in records):
        return [_read_message(record) for record in records]
    if isinstance(records, list) and all(_comes_from(record, "aws:s3") for record in records):
        return [_read_without_queue(event)]
    if isinstance(event, Mapping) and (eventbridge.is_s3_event(event) or event.get("Event") == "s3:TestEvent"):
        return [_read_without_queue(event)]
    raise ValueError(_UNKNOWN_TRIGGER)


def _comes_from(record: object, source: str) -> bool:
    return isinstance(record, Mapping) and record.get("eventSource") == source


def _read_message(message: Mapping[str, Any]) -> EventRecord:
    """Read a message of SQS (Lambda developer guide, example SQS event)."""
    body = message["body"]
    changes, notes = partition(_read_text(body))
    return EventRecord(
        message_id=message["messageId"],
        receipt=message["receiptHandle"],
        receive_count=int(message["attributes"]["ApproximateReceiveCount"]),
        body=body,
        changes=changes,
        notes=notes,
        first_received_at=_to_iso(message["attributes"].get("ApproximateFirstReceiveTimestamp")),
    )


def _to_iso(milliseconds: str | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat(timespec="milliseconds")


def _read_without_queue(event: Mapping[str, Any]) -> EventRecord:
    changes, notes = partition(_read(event))
    message_id = str(event.get("id", "without a queue"))
    return EventRecord(message_id, None, 1, json.dumps(event), changes, notes)


def _read_text(text: object) -> Iterator[ObjectChange | Note]:
    try:
        content = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):  # a hundred thousand brackets, for example
        content = None
    if isinstance(content, dict):
        yield from _read(content)
    else:
        yield Note(Reason.EVENT_MALFORMED, "the message is not a JSON object")


def _read(content: Mapping[str, Any]) -> Iterator[ObjectChange | Note]:
    if content.get("Type") == "Notification" and "Message" in content:
        yield from _read_text(content["Message"])  # SNS developer guide, HTTP/HTTPS notification JSON format
    elif content.get("Event") == "s3:TestEvent":
        yield Note(Reason.TEST_EVENT, f"the test event of bucket {content.get('Bucket')}")
    elif eventbridge.is_s3_event(content):
        yield eventbridge.read(content)
    elif isinstance(content.get("Records"), list) and content["Records"]:
        yield from (s3_notification.read(record) for record in content["Records"])
    else:
        yield Note(Reason.EVENT_MALFORMED, "the message is neither an S3 notification nor an EventBridge event of S3")
