"""The platforms' events for a change, reduced to the fields that the function reads."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from tests.chaos.bucket import Action, Change

TimeOf = Callable[[float], str]  # seconds on the timeline -> ISO 8601
_S3_NAMES = {
    Action.PUT: "ObjectCreated:Put",
    Action.COPY: "ObjectCreated:Copy",
    Action.RESTORE: "ObjectRemoved:Delete",
    Action.EXPIRE: "LifecycleExpiration:Delete",
}
_OSS_NAMES = {Action.PUT: "ObjectCreated:PutObject", Action.COPY: "ObjectCreated:CopyObject"}


def other_reading(cloud: str, key: str) -> str:
    """Return the key that a reader gets who decodes an event's key once less than usual (S3), or once more (OSS)."""
    return quote_plus(key, safe="/") if cloud == "aws" else unquote_plus(key)


def s3_notification(bucket: str, changes: list[Change], time_of: TimeOf) -> str:
    """Return an S3 notification with URL-encoded keys (S3 user guide, Event message structure)."""
    return json.dumps({"Records": [_s3_record(bucket, change, time_of(change.at)) for change in changes]})


def sqs_record(message_id: str, receipt: str, body: str, receives: int, first_receive: float) -> dict[str, Any]:
    """Return one record of an SQS event (Lambda developer guide, example SQS event)."""
    first = str(1767225600000 + int(first_receive * 1000))
    return {
        "messageId": message_id,
        "receiptHandle": receipt,
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives), "ApproximateFirstReceiveTimestamp": first},
        "eventSource": "aws:sqs",
    }


def oss_notification(bucket: str, changes: list[Change], time_of: TimeOf) -> str:
    """Return an OSS notification with plain keys (OSS user guide, Use event notifications)."""
    return json.dumps(
        {"events": [_oss_element(bucket, change, time_of(change.at)) for change in changes]}, ensure_ascii=False
    )


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
