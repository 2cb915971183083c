"""The ways in which a message reaches the function on each cloud."""

import json
from collections.abc import Callable
from typing import Any

from imagesearch_ingest.events import EventRecord, parse_fc_event, parse_lambda_event
from tests.support.aws_events import s3_notification, s3_record, sns_event, sns_notification, sqs_batch, sqs_message
from tests.support.oss_events import as_text, base64_of, element, message, notification, topic_notification


def _retried(content: Any) -> dict[str, Any]:
    return {"imagesearch_ingest": {"receives": 5, "first_received_at": None, "message": as_text(content)}}


# Each takes the content of a message and returns the event of a function.
ON_AWS: dict[str, Callable[[Any], Any]] = {
    "SQS": lambda content: sqs_batch(sqs_message(content)),
    "SNS in SQS": lambda content: sqs_batch(sqs_message(sns_notification(content))),
    "SNS": sns_event,
    "Pipes": lambda content: [sqs_message(content)],
    "direct": lambda content: content,
}
ON_ALIBABA: dict[str, Callable[[Any], Any]] = {
    "SMQ": lambda content: [message(as_text(content))],
    "SMQ in base64": lambda content: [message(base64_of(as_text(content)))],
    "SMQ as an object": lambda content: [message(content)],
    "SMQ by a topic": lambda content: [message(topic_notification(base64_of(as_text(content))))],
    "SMQ, one message": lambda content: message(as_text(content)),
    "sent again": lambda content: [message(_retried(content))],
    "sent again in base64": lambda content: [message(base64_of(as_text(_retried(content))))],
    "element": lambda content: [content],
    "element as text": lambda content: [as_text(content)],
    "nested array": lambda content: [[content]],
    "direct": lambda content: content,
}
WAYS = [
    *(("aws", way) for way in ON_AWS),
    *(("alibaba", way) for way in ON_ALIBABA),
]
CLOUDS = ["aws", "alibaba"]


def read(cloud: str, content: Any, way: str | None = None) -> EventRecord:
    """Return the only record that the content becomes on its way; by default, in a message of the queue."""
    if cloud == "aws":
        (record,) = parse_lambda_event(ON_AWS[way or "SQS"](content))
    else:
        (record,) = parse_fc_event(json.dumps(ON_ALIBABA[way or "SMQ"](content)))
    return record


def event_of(cloud: str, *keys: str) -> dict[str, Any]:
    """Return the bucket's own event about uploads of ``keys``, none of which needs URL-encoding."""
    if cloud == "aws":
        return s3_notification(*map(s3_record, keys))
    return notification(*map(element, keys))
