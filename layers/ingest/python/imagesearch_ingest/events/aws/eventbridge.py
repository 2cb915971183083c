"""An EventBridge event of S3 → an object's change (S3 user guide, EventBridge event message structure).

Keys stand there as they are. That is believed, not documented: hence ``other_key``.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import decide
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

_KINDS = {
    "Object Created": ChangeKind.CREATED,
    "Object Restore Completed": ChangeKind.CREATED,
    "Object Deleted": ChangeKind.REMOVED,
}
_FOR_GOOD = "Permanently Deleted"
_BY_A_RULE = "Lifecycle Expiration"


def is_one(content: Mapping[str, Any]) -> bool:
    return content.get("source") == "aws.s3" and "detail-type" in content


def read(event: Mapping[str, Any]) -> ObjectChange | Note:
    return decide("the EventBridge event", event, _decode)


def _decode(event: Mapping[str, Any]) -> ObjectChange:
    detail, name = event["detail"], event["detail-type"]
    stored, key = detail["object"], detail["object"]["key"]
    version_id = stored.get("version-id")
    for_good_by_a_rule = detail.get("deletion-type") == _FOR_GOOD and detail.get("reason") == _BY_A_RULE
    return ObjectChange(
        ref=ObjectRef("aws", detail["bucket"]["name"], key),
        kind=_KINDS.get(name, ChangeKind.OTHER),
        event_name=name,
        raw_key=key,
        other_key=unquote_plus(key),
        noncurrent=for_good_by_a_rule and version_id is not None,
        envelope="eventbridge",
        event_time=event.get("time"),
        version_id=version_id,
        etag=stored.get("etag"),
        size=stored.get("size"),
        sequencer=stored.get("sequencer"),
    )
