"""Turn the platform's event into records of object changes. No other package reads the platform's event.

    announcement.py               "look at this key": what the operator's tools and dead letters say, on both clouds

    aws/parse.py                  what Lambda passes in: a batch of SQS messages, or one event without a queue
    aws/s3_notification.py        notifications of S3; their keys are URL-encoded
    aws/eventbridge.py            events of S3 sent by EventBridge; their keys are not

    alibaba/parse.py              what Function Compute passes in: SMQ messages sent by EventBridge, or one event
    alibaba/smq_message.py        the body of an SMQ message, with or without base64, with or without a topic's envelope
    alibaba/retry_message.py      the envelope in which a message is sent to its queue again
    alibaba/oss_notification.py   notifications of OSS, also sent by EventBridge; their keys are not URL-encoded
    alibaba/lenient_json.py       JSON in which one element may be too deep for a parser

Each envelope has its own encoding of keys, and keys are decoded only here. An event that concerns no picture becomes a
note with the reason. An event that cannot be understood becomes a note too. It then reaches the dead-letter queue and
does not fail its batch.
"""

from imagesearch_ingest.events.alibaba.parse import parse_fc_event
from imagesearch_ingest.events.alibaba.retry_message import write_retry_message
from imagesearch_ingest.events.announcement import write_announcement
from imagesearch_ingest.events.aws.parse import parse_lambda_event
from imagesearch_ingest.events.aws.s3_notification import encode_event_key
from imagesearch_ingest.events.records import EventRecord, Note, Replayed

__all__ = [
    "EventRecord",
    "Note",
    "Replayed",
    "encode_event_key",
    "parse_fc_event",
    "parse_lambda_event",
    "write_announcement",
    "write_retry_message",
]
