"""The platform's event → records of object changes. After this package nobody sees the platform's event again.

    aws.py               what Lambda hands over: a batch of SQS messages, or one event without a queue
    s3_notification.py   S3's own notifications; their keys are URL-encoded
    eventbridge.py       S3's events by EventBridge; their keys are not

Keys are decoded here and nowhere else, by envelope. What is no picture's business is noted with its reason; what cannot
be understood is noted too, so that it reaches the dead-letter queue instead of failing its batch.
"""

from imagesearch_ingest.events.aws import parse_lambda_event
from imagesearch_ingest.events.records import EventRecord, Note
from imagesearch_ingest.events.s3_notification import s3_event_key

__all__ = ["EventRecord", "Note", "parse_lambda_event", "s3_event_key"]
