"""Read an EventBridge event of S3 as an object's change (S3 user guide, EventBridge event message structure).

Keys are not encoded. This is an assumption that no document confirms; ``other_key`` holds the other reading. A rule may
match more than the changes of objects: such events are skipped.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import LONGEST_BYTES, decode_change
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason

_KINDS = {
    "Object Created": ChangeKind.CREATED,
    "Object Restore Completed": ChangeKind.CREATED,
    "Object Deleted": ChangeKind.REMOVED,
}
_SOURCE = "aws.s3"
_BY_CLOUDTRAIL = " via CloudTrail"  # EventBridge user guide, AWS service events delivered via CloudTrail
_NARROW = (
    "Turn on EventBridge for the bucket, and let the rule match source aws.s3 with detail-type Object Created and"
    " Object Deleted"
)
_LONGEST_SOURCE = 64
_PERMANENTLY = "Permanently Deleted"
_BY_LIFECYCLE_RULE = "Lifecycle Expiration"


def is_aws_event(content: Mapping[str, Any]) -> bool:
    """Return whether this is an event of S3 or of another service of AWS, sent by EventBridge."""
    source = content.get("source")
    return isinstance(source, str) and source.startswith("aws.") and "detail-type" in content


def read(event: Mapping[str, Any]) -> ObjectChange | Note:
    """Return the change that the event describes, or a note if there is none."""
    source, name = event["source"], event["detail-type"]
    if source != _SOURCE:
        return Note(Reason.OTHER_EVENT, f"the event is from {source[:_LONGEST_SOURCE]}. {_NARROW}")
    if isinstance(name, str) and name.endswith(_BY_CLOUDTRAIL):
        return Note(Reason.OTHER_EVENT, f"the event is from CloudTrail, which reports API calls. {_NARROW}")
    result = decode_change("the EventBridge event", event, _decode)
    malformed = isinstance(result, Note) and result.reason is Reason.EVENT_MALFORMED
    if malformed and isinstance(name, str) and len(name) <= LONGEST_BYTES and name not in _KINDS:
        return Note(Reason.OTHER_EVENT, f"{name} does not change a picture")
    return result


def _decode(event: Mapping[str, Any]) -> ObjectChange:
    detail, name = event["detail"], event["detail-type"]
    stored, key = detail["object"], detail["object"]["key"]
    version_id = stored.get("version-id")
    removed_by_rule = detail.get("deletion-type") == _PERMANENTLY and detail.get("reason") == _BY_LIFECYCLE_RULE
    return ObjectChange(
        ref=ObjectRef("aws", detail["bucket"]["name"], key),
        kind=_KINDS.get(name, ChangeKind.OTHER),
        event_name=name,
        raw_key=key,
        other_key=unquote_plus(key),
        noncurrent=removed_by_rule and version_id is not None,
        envelope="eventbridge",
        event_time=event.get("time"),
        version_id=version_id,
        etag=stored.get("etag"),
        size=stored.get("size"),
        sequencer=stored.get("sequencer"),
    )
