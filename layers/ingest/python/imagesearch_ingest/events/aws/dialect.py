"""Read the body of a message on AWS: events of S3, possibly sent by EventBridge or in an envelope of SNS."""

from collections.abc import Iterator, Mapping
from typing import Any

from imagesearch_ingest.events.aws import eventbridge, foreign, s3_notification
from imagesearch_ingest.events.lenient_json import dump_or_say_why, load
from imagesearch_ingest.events.message import Dialect
from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import note_malformed, read_each
from imagesearch_ingest.model.objects import ObjectChange
from imagesearch_ingest.model.reasons import Reason

_NO_OBJECT = "the message is not a JSON object"
_NO_EVENT = "the message is neither an S3 notification nor an EventBridge event of S3"
# What SNS sends beside notifications (SNS developer guide, Parsing message formats).
_SUBSCRIPTION = {
    "SubscriptionConfirmation": "SNS asks to confirm a subscription of this queue. Confirm it, or no event arrives",
    "UnsubscribeConfirmation": "SNS has ended a subscription of this queue. Subscribe again if it is still needed",
}


def _load(body: object) -> tuple[Any, str]:
    """Return the JSON in a body, or ``None`` if it is not JSON, and its text."""
    if not isinstance(body, str):
        return None, dump_or_say_why(body)
    try:
        return load(body), body
    except ValueError:
        return None, body


def _find_wrapped(content: Mapping[str, Any]) -> object:
    """Return the message in a notification of SNS (SNS developer guide, HTTP/HTTPS notification JSON format)."""
    return content.get("Message") if content.get("Type") == "Notification" else None


def _read_events(content: object, text: str) -> Iterator[ObjectChange | Note]:  # noqa: ARG001 - as in ``Dialect``
    if not isinstance(content, Mapping):
        yield note_malformed(_NO_OBJECT)
    elif content.get("Event") == "s3:TestEvent":
        yield Note(Reason.TEST_EVENT, f"the test event of bucket {str(content.get('Bucket'))[:64]}")
    elif eventbridge.is_aws_event(content):
        yield eventbridge.read(content)
    elif isinstance(content.get("Records"), list) and content["Records"]:
        yield from read_each("the S3 notification", content["Records"], s3_notification.read)
    elif isinstance(kind := content.get("Type"), str) and kind in _SUBSCRIPTION:
        yield Note(Reason.OTHER_EVENT, _SUBSCRIPTION[kind])
    else:
        yield note_malformed(foreign.describe(content, set()) or _NO_EVENT)


AWS = Dialect("aws", _load, _find_wrapped, _read_events)
