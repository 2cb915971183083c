"""The platform's event → records of object changes. After this package nobody sees the platform's event again.

    aws.py               what Lambda hands over: a batch of SQS messages, or one event without a queue
    s3_notification.py   S3's own notifications; their keys are URL-encoded
    eventbridge.py       S3's events by EventBridge; their keys are not

    alibaba.py           what Function Compute hands over: messages of SMQ by EventBridge, or one event without a queue
    smq_message.py       the body of such a message, in base64 or not, wrapped by a topic or not
    retry_message.py     the envelope in which a message is sent to its queue once more
    oss_notification.py  OSS's own notifications, also by EventBridge; their keys are not URL-encoded
    any_json.py          JSON of which one part may be more than a parser takes

Keys are decoded here and nowhere else, by envelope. What is no picture's business is noted with its reason; what cannot
be understood is noted too, so that it reaches the dead-letter queue instead of failing its batch.
"""

from imagesearch_ingest.events.alibaba.parse import parse_fc_event
from imagesearch_ingest.events.alibaba.retry_message import retry_message
from imagesearch_ingest.events.aws.parse import parse_lambda_event
from imagesearch_ingest.events.aws.s3_notification import s3_event_key
from imagesearch_ingest.events.records import EventRecord, Note

__all__ = ["EventRecord", "Note", "parse_fc_event", "parse_lambda_event", "retry_message", "s3_event_key"]
