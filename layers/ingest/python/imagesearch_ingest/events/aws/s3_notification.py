"""A record of an S3 notification → an object's change (S3 user guide, Event message structure).

Keys are URL-encoded, with '+' for a blank.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import UnreadableError, decide
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

# By the event's group; of ObjectRestore only "Completed" makes a picture readable.
_KINDS = {
    "ObjectCreated": ChangeKind.CREATED,
    "ObjectRemoved": ChangeKind.REMOVED,
    "LifecycleExpiration": ChangeKind.REMOVED,
}
_MAJOR_VERSION = "2"  # minor versions only add fields


def read(record: Any) -> ObjectChange | Note:  # noqa: ANN401 - whatever the JSON holds
    return decide("a record of the S3 notification", record, _decode)


def s3_event_key(key: str) -> str:
    """A key as S3 writes it into its notifications; the inverse of what is done to it on the way in."""
    return quote_plus(key, safe="/")


def _decode(record: Mapping[str, Any]) -> ObjectChange:
    if record["eventVersion"].partition(".")[0] != _MAJOR_VERSION:
        raise UnreadableError(f"eventVersion is {record['eventVersion']}; {_MAJOR_VERSION}.x is understood")
    stored, bucket = record["s3"]["object"], record["s3"]["bucket"]["name"]
    name = record["eventName"].removeprefix("s3:")
    version_id = stored.get("versionId")
    return ObjectChange(
        ref=ObjectRef("aws", bucket, unquote_plus(stored["key"], errors="strict")),
        kind=ChangeKind.CREATED if name == "ObjectRestore:Completed" else _kind(name),
        event_name=name,
        raw_key=stored["key"],
        other_key=stored["key"],
        # With a version id, a lifecycle rule removes for good only what is not current (S3 user guide, Lifecycle).
        noncurrent=name == "LifecycleExpiration:Delete" and version_id is not None,
        envelope="s3",
        event_time=record.get("eventTime"),
        version_id=version_id,
        etag=stored.get("eTag"),
        size=stored.get("size"),
        sequencer=stored.get("sequencer"),
    )


def _kind(name: str) -> ChangeKind:
    return _KINDS.get(name.partition(":")[0], ChangeKind.OTHER)
