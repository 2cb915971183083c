"""The platform's event → records of object changes. After this module nobody sees the platform's event again.

Now: an SQS batch whose bodies are S3 notifications (S3 user guide, Event message structure). Keys are decoded here and
nowhere else: S3 notifications are URL-encoded, with '+' for a blank. What is no picture's business is noted with its
reason; what cannot be understood is noted too, so that it reaches the dead-letter queue instead of failing its batch.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.reasons import Reason

# By the event's group; of ObjectRestore only "Completed" makes a picture readable.
_KINDS = {
    "ObjectCreated": ChangeKind.CREATED,
    "ObjectRemoved": ChangeKind.REMOVED,
    "LifecycleExpiration": ChangeKind.REMOVED,
}
_S3_EVENT_MAJOR_VERSION = "2"


@dataclass(frozen=True, slots=True)
class Note:
    """Decided by the event alone: skipped or rejected, with no look at the bucket."""

    reason: Reason
    detail: str
    change: ObjectChange | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One message of the queue: what it says, and what is needed to settle it."""

    message_id: str
    receipt: str
    receive_count: int
    body: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...] = ()


def parse_sqs_batch(event: Mapping[str, Any]) -> list[EventRecord]:
    """Every message of a Lambda SQS event, in order.

    Raises ``ValueError`` when the event is no SQS batch at all: then the trigger is wrong, not a message.
    """
    messages = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(messages, list) or not all(_is_sqs_message(message) for message in messages):
        raise ValueError("the event is no batch of SQS messages, which is what this function's trigger must send")
    return [_record(message) for message in messages]


def s3_event_key(key: str) -> str:
    """A key as S3 writes it into its notifications; the inverse of what is done to it on the way in."""
    return quote_plus(key, safe="/")


def _is_sqs_message(message: object) -> bool:
    return isinstance(message, Mapping) and message.get("eventSource") == "aws:sqs"


def _record(message: Mapping[str, Any]) -> EventRecord:
    body = message["body"]
    found = list(_read(body))
    return EventRecord(
        message_id=message["messageId"],
        receipt=message["receiptHandle"],
        receive_count=int(message["attributes"]["ApproximateReceiveCount"]),
        body=body,
        changes=tuple(item for item in found if isinstance(item, ObjectChange)),
        notes=tuple(item for item in found if isinstance(item, Note)),
    )


def _read(body: str) -> Iterator[ObjectChange | Note]:
    try:
        content = json.loads(body)
    except ValueError:
        yield Note(Reason.EVENT_MALFORMED, "the message is not JSON")
        return
    records = content.get("Records") if isinstance(content, dict) else None
    if isinstance(content, dict) and content.get("Event") == "s3:TestEvent":
        yield Note(Reason.TEST_EVENT, f"the test event of bucket {content.get('Bucket')}")
    elif isinstance(records, list) and records:
        for record in records:
            yield _change(record)
    else:
        yield Note(Reason.EVENT_MALFORMED, "the message has no Records, so it is no S3 notification")


def _change(record: Any) -> ObjectChange | Note:  # noqa: ANN401 - whatever the JSON holds
    try:
        change = _decode(record)
    except KeyError as error:
        return Note(Reason.EVENT_MALFORMED, f"a record of the S3 notification has no {error}")
    except (TypeError, AttributeError, ValueError):
        return Note(Reason.EVENT_MALFORMED, "a record of the S3 notification is not shaped as documented")
    version = str(record["eventVersion"])
    if version.partition(".")[0] != _S3_EVENT_MAJOR_VERSION:
        return Note(Reason.EVENT_MALFORMED, f"eventVersion is {version}; 2.x is understood", change)
    if change.kind is ChangeKind.OTHER:
        return Note(Reason.OTHER_EVENT, f"{change.event_name} changes no picture", change)
    if change.ref.key.endswith("/") and change.kind is ChangeKind.CREATED and change.size == 0:
        return Note(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty", change)
    return change


def _decode(record: Mapping[str, Any]) -> ObjectChange:
    stored, bucket = record["s3"]["object"], record["s3"]["bucket"]["name"]
    key = unquote_plus(stored["key"], errors="strict")
    if not key or not isinstance(bucket, str) or not bucket:
        raise ValueError
    name = record["eventName"].removeprefix("s3:")
    restored = name == "ObjectRestore:Completed"
    return ObjectChange(
        ref=ObjectRef("aws", bucket, key),
        kind=ChangeKind.CREATED if restored else _KINDS.get(name.partition(":")[0], ChangeKind.OTHER),
        event_name=name,
        raw_key=stored["key"],
        event_time=record.get("eventTime"),
        version_id=stored.get("versionId"),
        etag=stored.get("eTag"),
        size=stored.get("size"),
        sequencer=stored.get("sequencer"),
    )
