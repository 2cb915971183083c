"""Read an EventBridge event of S3 as an object's change (S3 user guide, EventBridge event message structure).

Keys are not encoded. This is an assumption that no document confirms; ``other_key`` holds the other reading.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import decode_change
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

_KINDS = {
    "Object Created": ChangeKind.CREATED,
    "Object Restore Completed": ChangeKind.CREATED,
    "Object Deleted": ChangeKind.REMOVED,
}
_PERMANENTLY = "Permanently Deleted"
_BY_LIFECYCLE_RULE = "Lifecycle Expiration"


def is_s3_event(content: Mapping[str, Any]) -> bool:
    """Return whether this is an event of S3 sent by EventBridge."""
    return content.get("source") == "aws.s3" and "detail-type" in content


def read(event: Mapping[str, Any]) -> ObjectChange | Note:
    """Return the change that the event describes, or a note if there is none."""
    return decode_change("the EventBridge event", event, _decode)


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
