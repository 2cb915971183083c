"""One element of OSS's ``{"events": [...]}`` → an object's change (OSS user guide, Use event notifications).

The same element is the ``data`` of OSS's events by EventBridge (EventBridge user guide, OSS events).

Keys stand there as they are: none of the documented samples is URL-encoded, and Alibaba Cloud's own consumers
(fluent-plugin-oss, the samples for OSS triggers) decode nothing. That is believed, not documented: hence ``other_key``.
No version id is documented either, nor any event of a lifecycle rule that removes, nor a test event.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import LONGEST_BYTES, UnreadableError, decide
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason

# Each by its name, never by its group: parts of uploads are ObjectCreated too, and their abortion is ObjectRemoved.
_KINDS = {
    "ObjectCreated:PutObject": ChangeKind.CREATED,
    "ObjectCreated:PostObject": ChangeKind.CREATED,
    "ObjectCreated:CopyObject": ChangeKind.CREATED,
    "ObjectCreated:AppendObject": ChangeKind.CREATED,
    "ObjectCreated:CompleteMultipartUpload": ChangeKind.CREATED,
    "ObjectCreated:PutSymlink": ChangeKind.CREATED,
    "ObjectReplication:ObjectCreated": ChangeKind.CREATED,
    "ObjectReplication:ObjectModified": ChangeKind.CREATED,
    "ObjectRestore:FinishRestore": ChangeKind.CREATED,  # only now can the picture be read
    "ObjectRemoved:DeleteObject": ChangeKind.REMOVED,
    "ObjectRemoved:DeleteObjects": ChangeKind.REMOVED,
    "ObjectReplication:ObjectRemoved": ChangeKind.REMOVED,
}
_SOURCE, _BRIDGED_SOURCE = "acs:oss", "acs.oss"
_MAJOR_VERSION = "1"  # minor versions only add fields


def is_one(content: Mapping[str, Any]) -> bool:
    """Whether it is OSS's: the CDN's events come in a list of the same name (Function Compute, Trigger event formats).

    One of them is enough: another that is not understood is noted, and costs no other.
    """
    events = content.get("events")
    return isinstance(events, list) and any(
        isinstance(event, Mapping) and event.get("eventSource") == _SOURCE for event in events
    )


def is_bridged(content: Mapping[str, Any]) -> bool:
    return content.get("source") == _BRIDGED_SOURCE and "data" in content


def read(event: Any) -> ObjectChange | Note:  # noqa: ANN401 - whatever the JSON holds
    return decide("an event of the OSS notification", event, _decode)


def read_bridged(event: Mapping[str, Any]) -> ObjectChange | Note:
    """Of OSS's events by EventBridge only some speak of an object; the others are of buckets, bandwidths, API calls."""
    found, name = decide("the EventBridge event", event, _decode_bridged), event.get("type")
    malformed = isinstance(found, Note) and found.reason is Reason.EVENT_MALFORMED
    if malformed and isinstance(name, str) and len(name) <= LONGEST_BYTES and _kind(_bare(name)) is ChangeKind.OTHER:
        return Note(Reason.OTHER_EVENT, f"{name} changes no picture")
    return found


def _decode(event: Mapping[str, Any]) -> ObjectChange:
    source, version = event.get("eventSource", _SOURCE), event.get("eventVersion", _MAJOR_VERSION)
    if source != _SOURCE:
        raise UnreadableError(f"eventSource is not {_SOURCE}")
    if version.partition(".")[0] != _MAJOR_VERSION:
        raise UnreadableError(f"eventVersion is not {_MAJOR_VERSION}.x")
    stored, key = event["oss"]["object"], event["oss"]["object"]["key"]
    name = _bare(event["eventName"])
    return ObjectChange(
        ref=ObjectRef("alibaba", event["oss"]["bucket"]["name"], key),
        kind=_kind(name),
        event_name=name,
        raw_key=key,
        other_key=unquote_plus(key),
        envelope="oss",
        event_time=event.get("eventTime"),
        version_id=stored.get("versionId"),
        etag=_comparable(stored.get("eTag")),
        size=stored.get("size"),
    )


def _decode_bridged(event: Mapping[str, Any]) -> ObjectChange:
    name, data = {"eventName": event.get("type")}, event["data"]
    change = _decode(name | data)
    return replace(change, envelope="eventbridge", event_time=change.event_time or event.get("time"))


def _bare(name: str) -> str:
    """Triggers and EventBridge's types name it with a prefix, notifications without."""
    return name.removeprefix("oss:")


def _kind(name: str) -> ChangeKind:
    return _KINDS.get(name, ChangeKind.OTHER)


def _comparable(etag: str | None) -> str | None:
    """As the store's are made too: in upper case, without quotes."""
    return etag.strip('"').upper() if etag else etag
