"""Read a record of an S3 notification as an object's change (S3 user guide, Event message structure).

Keys are URL-encoded, with '+' for a blank.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import UnreadableError, decode_change
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

# Keyed by the group of the event. ObjectRestore makes a picture readable only if it is "Completed".
_KINDS = {
    "ObjectCreated": ChangeKind.CREATED,
    "ObjectRemoved": ChangeKind.REMOVED,
    "LifecycleExpiration": ChangeKind.REMOVED,
}
_MAJOR_VERSION = "2"  # minor versions only add fields


def read(record: Any) -> ObjectChange | Note:  # noqa: ANN401 - whatever the JSON holds
    """Return the change that the record describes, or a note if there is none."""
    return decode_change("a record of the S3 notification", record, _decode)


def encode_event_key(key: str) -> str:
    """Return a key as S3 writes it into a notification."""
    return quote_plus(key, safe="/")


def _decode(record: Mapping[str, Any]) -> ObjectChange:
    if record["eventVersion"].partition(".")[0] != _MAJOR_VERSION:
        raise UnreadableError(f"eventVersion is {record['eventVersion']}; only {_MAJOR_VERSION}.x is supported")
    stored, bucket = record["s3"]["object"], record["s3"]["bucket"]["name"]
    name = record["eventName"].removeprefix("s3:")
    version_id = stored.get("versionId")
    return ObjectChange(
        ref=ObjectRef("aws", bucket, unquote_plus(stored["key"], errors="strict")),
        kind=ChangeKind.CREATED if name == "ObjectRestore:Completed" else _kind(name),
        event_name=name,
        raw_key=stored["key"],
        other_key=stored["key"],
        # With a version id, a lifecycle rule removes only noncurrent versions for good (S3 user guide, Lifecycle).
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
