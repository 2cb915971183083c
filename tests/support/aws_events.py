"""Build small events of S3, SQS and SNS, without the library's own code."""

import json
from typing import Any

ETAG = "b21b84d653bb07b05b1e6b33684dc11b"
SENT = "1768210200200"  # 2026-01-12T09:30:00.200Z


def s3_record(
    key: Any = "a.jpg", name: Any = "ObjectCreated:Put", bucket: str = "shop", **stored: Any
) -> dict[str, Any]:
    """Return one record of an S3 notification. ``key`` is the encoded key."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-12T09:30:00.123Z",
        "eventName": name,
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": key, "size": 5, "eTag": ETAG, "sequencer": "0A1B"} | stored,
        },
    }


def s3_notification(*records: Any) -> dict[str, Any]:
    return {"Records": list(records)}


def sqs_message(body: Any, name: str = "m1", /, receives: int = 1, **changed: Any) -> dict[str, Any]:
    """Return a message of SQS as Lambda and EventBridge Pipes pass it in. A field that is ``...`` is left out."""
    fields = {
        "messageId": name,
        "receiptHandle": f"receipt of {name}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": SENT,
            "SenderId": "AIDA",
            "ApproximateFirstReceiveTimestamp": "1768210200300",
        },
        "messageAttributes": {},
        "md5OfBody": "x",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:ingest",
        "awsRegion": "us-east-1",
    }
    return {name: value for name, value in (fields | changed).items() if value is not ...}


def sqs_batch(*messages: Any) -> dict[str, Any]:
    return {"Records": list(messages)}


def sns_notification(message: Any, kind: str = "Notification") -> dict[str, Any]:
    """Return a message of SNS as it is in the body of a message of SQS."""
    return {
        "Type": kind,
        "MessageId": "95df01b4",
        "TopicArn": "arn:aws:sns:us-east-1:1:pictures",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-01-12T09:30:00.000Z",
    }


def sns_event(*messages: Any) -> dict[str, Any]:
    """Return the event of a function that is itself subscribed to a topic."""
    return {
        "Records": [
            {"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns_notification(message)} for message in messages
        ]
    }


def bridged(key: str = "a.jpg", name: str = "Object Created", **changed: Any) -> dict[str, Any]:
    """Return an event of S3 as EventBridge sends it."""
    return {
        "version": "0",
        "id": "17793124",
        "source": "aws.s3",
        "detail-type": name,
        "time": "2026-01-12T09:30:00Z",
        "detail": {"bucket": {"name": "shop"}, "object": {"key": key, "size": 5, "etag": ETAG}},
    } | changed
