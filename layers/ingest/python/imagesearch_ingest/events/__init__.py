"""Turn the platform's event into records of object changes. No other package reads the platform's event.

    message.py                    a message of either cloud: events, an announcement, a dead letter, a topic's envelope
    announcement.py               "look at this key": what the operator's tools send
    letter_message.py             a dead letter that was put back into the queue: an announcement of its own object
    validate.py                   checks and limits of everything that an event says
    lenient_json.py               JSON in which one element may be too deep for a parser

    aws/parse.py                  what Lambda passes in: messages of SQS or SNS, or one event without a queue
    aws/sqs_message.py            a message of SQS
    aws/dialect.py                the body of a message, with or without the envelope of SNS
    aws/s3_notification.py        notifications of S3; their keys are URL-encoded
    aws/eventbridge.py            events of S3 sent by EventBridge; their keys are not
    aws/foreign.py                events of other triggers, which are refused, and what to use instead

    alibaba/parse.py              what Function Compute passes in: SMQ messages sent by EventBridge, or one event
    alibaba/smq_message.py        the body of an SMQ message, with or without base64, with or without a topic's envelope
    alibaba/retry_message.py      the envelope in which a message is sent to its queue again
    alibaba/oss_notification.py   notifications of OSS, also sent by EventBridge; their keys are not URL-encoded

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
