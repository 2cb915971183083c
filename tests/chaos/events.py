"""The platforms' events for a change, reduced to the fields that the function reads."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from tests.chaos.bucket import Action, Change
from tests.support.queues import FakeMessage

TimeOf = Callable[[float], str]  # seconds on the timeline -> ISO 8601
_S3_NAMES = {
    Action.PUT: "ObjectCreated:Put",
    Action.COPY: "ObjectCreated:Copy",
    Action.RESTORE: "ObjectRemoved:Delete",
    Action.EXPIRE: "LifecycleExpiration:Delete",
}
_OSS_NAMES = {Action.PUT: "ObjectCreated:PutObject", Action.COPY: "ObjectCreated:CopyObject"}


def s3_notification(bucket: str, changes: list[Change], time_of: TimeOf) -> str:
    """Return an S3 notification with URL-encoded keys (S3 user guide, Event message structure)."""
    return json.dumps({"Records": [_s3_record(bucket, change, time_of(change.at)) for change in changes]})


def sqs_record(message: FakeMessage) -> dict[str, Any]:
    """Return one record of an SQS event (Lambda developer guide, example SQS event)."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "ApproximateFirstReceiveTimestamp": _milliseconds(message.first_received_at),
            "SentTimestamp": _milliseconds(message.first_visible_at),
        },
        "eventSource": "aws:sqs",
    }


def _milliseconds(seconds: float) -> str:
    """Return the milliseconds since 1970 of an instant on the timeline, which starts in 2026."""
    return str(1767225600000 + int(seconds * 1000))


def oss_message(bucket: str, changes: list[Change], time_of: TimeOf) -> str:
    """Return a message with plain keys, as OSS's notifications have them (OSS user guide, Use event notifications).

    Every other change that comes alone comes as an event of EventBridge (its user guide, OSS events).
    """
    elements = [_oss_element(bucket, change, time_of(change.at)) for change in changes]
    is_bridged = len(changes) == 1 and changes[0].serial % 2
    return json.dumps(_bus_event(elements[0]) if is_bridged else {"events": elements}, ensure_ascii=False)


def _bus_event(element: Mapping[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "source": "acs.oss", "type": f"oss:{element['eventName']}", "data": element}


def smq_event(message_id: str, text: str, *, decoded: bool) -> dict[str, Any]:
    """Return an event of a stream (EventBridge user guide, Create a custom event source of the SMQ type)."""
    body = text if decoded else base64.b64encode(text.encode()).decode()
    return {
        "id": message_id,
        "source": "acs:mns",
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "data": {"requestId": "606EA307", "messageId": message_id, "messageBody": body},
    }


def _s3_record(bucket: str, change: Change, time: str) -> Mapping[str, Any]:
    removed = "ObjectRemoved:DeleteMarkerCreated" if change.version_id else "ObjectRemoved:Delete"
    stored: dict[str, Any] = {"key": quote_plus(change.key, safe="/"), "sequencer": f"{change.serial:016X}"}
    if change.action in (Action.PUT, Action.COPY) and change.after and change.after.state:
        stored |= {"size": change.after.state.size, "eTag": change.after.state.etag}
    if change.version_id:
        stored["versionId"] = change.version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": time,
        "eventName": _S3_NAMES.get(change.action, removed),
        "s3": {"bucket": {"name": bucket}, "object": stored},
    }


def _oss_element(bucket: str, change: Change, time: str) -> Mapping[str, Any]:
    stored: dict[str, Any] = {"key": change.key}
    if change.action in (Action.PUT, Action.COPY) and change.after and change.after.state:
        stored |= {"size": change.after.state.size, "eTag": change.after.state.etag}
    return {
        "eventName": _OSS_NAMES.get(change.action, "ObjectRemoved:DeleteObject"),
        "eventSource": "acs:oss",
        "eventTime": time,
        "eventVersion": "1.0",
        "oss": {"bucket": {"name": bucket}, "object": stored},
    }
