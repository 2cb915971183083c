"""Read an element of OSS's ``{"events": [...]}`` as an object's change (OSS user guide, Use event notifications).

EventBridge sends the same element as the ``data`` of its event (EventBridge user guide, OSS events).

Keys are not encoded. None of the documented samples is URL-encoded, and Alibaba Cloud's own consumers
(fluent-plugin-oss, the samples for OSS triggers) decode nothing. No document confirms it, so ``other_key`` holds the
other reading. Version IDs, removals by lifecycle rules and test events are not documented at all.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import LONGEST_BYTES, UnreadableError, decode_change
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason

# Keyed by name, not by group: an uploaded part is ObjectCreated too, and an aborted upload is ObjectRemoved.
_KINDS = {
    "ObjectCreated:PutObject": ChangeKind.CREATED,
    "ObjectCreated:PostObject": ChangeKind.CREATED,
    "ObjectCreated:CopyObject": ChangeKind.CREATED,
    "ObjectCreated:AppendObject": ChangeKind.CREATED,
    "ObjectCreated:CompleteMultipartUpload": ChangeKind.CREATED,
    "ObjectCreated:PutSymlink": ChangeKind.CREATED,
    "ObjectReplication:ObjectCreated": ChangeKind.CREATED,
    "ObjectReplication:ObjectModified": ChangeKind.CREATED,
    "ObjectRestore:FinishRestore": ChangeKind.CREATED,  # the picture becomes readable
    "ObjectRemoved:DeleteObject": ChangeKind.REMOVED,
    "ObjectRemoved:DeleteObjects": ChangeKind.REMOVED,
    "ObjectReplication:ObjectRemoved": ChangeKind.REMOVED,
}
_SOURCE, _BRIDGED_SOURCE = "acs:oss", "acs.oss"
_OF_A_QUEUE = "mns:"  # a message of SMQ, which has to be read
_LONGEST_SOURCE = 64
_MAJOR_VERSION = "1"  # minor versions only add fields


def is_notification(content: Mapping[str, Any]) -> bool:
    """Return whether at least one of the events comes from OSS. Any others become notes.

    The CDN sends events in a list of the same name (Function Compute, Trigger event formats).
    """
    events = content.get("events")
    return isinstance(events, list) and any(
        isinstance(event, Mapping) and event.get("eventSource") == _SOURCE for event in events
    )


def is_bridged(content: Mapping[str, Any]) -> bool:
    """Return whether this is an event of OSS sent by EventBridge."""
    return content.get("source") == _BRIDGED_SOURCE and "data" in content


def read(event: Any) -> ObjectChange | Note:  # noqa: ANN401 - whatever the JSON holds
    """Return the change that the event describes, or a note if there is none."""
    return decode_change("an event of the OSS notification", event, _decode)


def read_bridged(event: Mapping[str, Any]) -> ObjectChange | Note:
    """Return the change that the event describes, or a note if there is none.

    OSS also sends EventBridge events about buckets, bandwidth and API calls, which have other fields.
    """
    result, name = decode_change("the EventBridge event", event, _decode_bridged), event.get("type")
    malformed = isinstance(result, Note) and result.reason is Reason.EVENT_MALFORMED
    if malformed and _names_other_event(name):
        return Note(Reason.OTHER_EVENT, f"{name} does not change a picture")
    return result


def skip_other_service(content: Mapping[str, Any]) -> Note | None:
    """Return a note if this is an event of another service of Alibaba Cloud, sent by EventBridge; else ``None``."""
    source, name = content.get("source"), content.get("type")
    if not (isinstance(source, str) and source.startswith("acs.") and "specversion" in content):
        return None
    if source == _BRIDGED_SOURCE or not isinstance(name, str) or name.startswith(_OF_A_QUEUE):
        return None
    return Note(Reason.OTHER_EVENT, f"the event is from {source[:_LONGEST_SOURCE]}. Let the rule match source acs.oss")


def _names_other_event(name: object) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST_BYTES and _kind(_strip_prefix(name)) is ChangeKind.OTHER


def _decode(event: Mapping[str, Any]) -> ObjectChange:
    source, version = event.get("eventSource", _SOURCE), event.get("eventVersion", _MAJOR_VERSION)
    if source != _SOURCE:
        raise UnreadableError(f"eventSource is not {_SOURCE}")
    if version.partition(".")[0] != _MAJOR_VERSION:
        raise UnreadableError(f"eventVersion is not {_MAJOR_VERSION}.x")
    stored, key = event["oss"]["object"], event["oss"]["object"]["key"]
    name = _strip_prefix(event["eventName"])
    return ObjectChange(
        ref=ObjectRef("alibaba", event["oss"]["bucket"]["name"], key),
        kind=_kind(name),
        event_name=name,
        raw_key=key,
        other_key=unquote_plus(key),
        envelope="oss",
        event_time=event.get("eventTime"),
        version_id=stored.get("versionId"),
        etag=_normalize(stored.get("eTag")),
        size=stored.get("size"),
    )


def _decode_bridged(event: Mapping[str, Any]) -> ObjectChange:
    name, data = {"eventName": event.get("type")}, event["data"]
    change = _decode(name | data)
    return replace(change, envelope="eventbridge", event_time=change.event_time or event.get("time"))


def _strip_prefix(name: str) -> str:
    """Remove the prefix that event names have in triggers and in EventBridge, but not in notifications."""
    return name.removeprefix("oss:")


def _kind(name: str) -> ChangeKind:
    return _KINDS.get(name, ChangeKind.OTHER)


def _normalize(etag: str | None) -> str | None:
    """Return the ETag as the object store does: in upper case and without quotes."""
    return etag.strip('"').upper() if etag else etag
