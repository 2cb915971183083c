from typing import Any

import pytest

from imagesearch_ingest.events import Note
from imagesearch_ingest.events.alibaba.oss_notification import is_bridged, is_notification, read, read_bridged
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason
from tests.support.oss_events import ETAG, bridged, element, notification

CREATED = [
    *(f"ObjectCreated:{name}" for name in ("PutObject", "PostObject", "CopyObject", "AppendObject", "PutSymlink")),
    *("ObjectCreated:CompleteMultipartUpload", "ObjectReplication:ObjectCreated", "ObjectReplication:ObjectModified"),
    "ObjectRestore:FinishRestore",
]
REMOVED = ["ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects", "ObjectReplication:ObjectRemoved"]
OTHERS = [
    *(
        f"ObjectCreated:{name}"
        for name in ("InitiateMultipartUpload", "UploadPart", "UploadPartCopy", "*", "putobject")
    ),
    *("ObjectRemoved:AbortMultipartUpload", "ObjectDownloaded:GetObject", "ObjectModified:UpdateObjectMeta"),
    *("ObjectModified:ChangeStorageClass", "ObjectCreated", "", "PutObject", "ObjectCreated:PutObject:x", "鞋"),
]


def reason(found: ObjectChange | Note) -> Reason:
    assert isinstance(found, Note), "a change"
    return found.reason


@pytest.mark.parametrize("prefix", ["", "oss:"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, ChangeKind.CREATED) for name in CREATED] + [(name, ChangeKind.REMOVED) for name in REMOVED],
)
def test_events_that_change_a_picture(name: str, kind: ChangeKind, prefix: str) -> None:
    change = read(element(name=prefix + name))
    assert (change.kind, change.event_name, change.noncurrent) == (kind, name, False)
    assert read_bridged(bridged(name=name)).kind is kind


@pytest.mark.parametrize("prefix", ["", "oss:"])
@pytest.mark.parametrize("name", OTHERS)
def test_unknown_names_of_a_known_group_are_skipped(name: str, prefix: str) -> None:
    assert reason(read(element(name=prefix + name))) is Reason.OTHER_EVENT
    assert reason(read_bridged(bridged(name=name))) is Reason.OTHER_EVENT


def test_version_etag_and_size_are_kept() -> None:
    assert read(element("100%25 a+b.jpg", size=7, versionId="CAEQNhiB")) == ObjectChange(
        ref=ObjectRef("alibaba", "pictures", "100%25 a+b.jpg"),
        kind=ChangeKind.CREATED,
        event_name="ObjectCreated:PutObject",
        raw_key="100%25 a+b.jpg",
        other_key="100% a b.jpg",
        envelope="oss",
        event_time="2026-01-12T09:30:00.000Z",
        version_id="CAEQNhiB",
        etag=ETAG,
        size=7,
    )


def test_eventbridge_carries_the_same_event() -> None:
    change = read_bridged(bridged("100%25 a+b.jpg", versionId="x"))
    assert (change.ref, change.other_key) == (ObjectRef("alibaba", "pictures", "100%25 a+b.jpg"), "100% a b.jpg")
    assert (change.etag, change.size, change.envelope) == (ETAG, 5, "eventbridge")
    assert change.event_time == "2026-01-12T09:30:00.000Z"


def test_eventbridge_fills_in_missing_fields() -> None:
    left_out = {"eventName", "eventTime", "eventSource", "eventVersion"}
    data = {name: value for name, value in element().items() if name not in left_out}
    change = read_bridged(bridged(name="ObjectRemoved:DeleteObject", data=data))
    assert (change.kind, change.event_time) == (ChangeKind.REMOVED, "2026-01-12T09:31:00Z")


@pytest.mark.parametrize(
    ("written", "etag"),
    [(ETAG.lower(), ETAG), (f'"{ETAG}"', ETAG), (f'"{ETAG.lower()}-3"', f"{ETAG}-3"), ("", ""), (None, None)],
)
def test_etags_are_normalized(written: str | None, etag: str | None) -> None:
    assert read(element(eTag=written)).etag == etag


def test_only_an_empty_folder_marker_is_skipped() -> None:
    assert reason(read(element("shoes/", size=0))) is Reason.FOLDER_MARKER
    assert read(element("shoes/", size=9)).ref.key == "shoes/"
    assert read(element("shoes/", "ObjectRemoved:DeleteObject", size=0)).kind is ChangeKind.REMOVED


def test_the_longest_key_is_accepted() -> None:
    assert read(element("鞋" * 341)).ref.key == "鞋" * 341
    assert reason(read(element("鞋" * 341 + "a"))) is Reason.EVENT_MALFORMED


BROKEN = [
    None,
    "x",
    5,
    [],
    {},
    element(name=None),
    element(name=5),
    element(""),
    element(None),
    element(5),
    element([]),
    element({"key": "a"}),
    element("\ud800"),
    element(size="5"),
    element(eTag=5),
    element(eTag=["e"]),
    element(eTag=0),
    element(versionId=["v"]),
    element(eTag="e" * 2000),
    element() | {"eventVersion": "2.0"},
    element() | {"eventVersion": 1},
    element() | {"eventSource": "cdn"},
    element() | {"eventSource": None},
    element() | {"eventTime": 5},
    element() | {"oss": None},
    element() | {"oss": {"object": {"key": "a"}}},
    element() | {"oss": {"bucket": {"name": 5}, "object": {"key": "a"}}},
    element() | {"oss": {"bucket": {"name": "b"}, "object": "a"}},
]


@pytest.mark.parametrize("event", BROKEN, ids=[str(number) for number in range(len(BROKEN))])
def test_a_malformed_event_becomes_a_note(event: Any) -> None:
    assert reason(read(event)) is Reason.EVENT_MALFORMED
    assert reason(read_bridged(bridged(data=event))) is Reason.EVENT_MALFORMED


@pytest.mark.parametrize("data", [None, "x", {"region": "cn-shanghai"}, {"eventName": "PutBucket", "oss": {}}])
def test_events_about_buckets_are_skipped(data: Any) -> None:
    for name in ("BucketCreated:PutBucket", "ActionTrail:ApiCall", "CloudMonitor:BucketEgressBandwidth"):
        assert reason(read_bridged(bridged(name=name, data=data))) is Reason.OTHER_EVENT


@pytest.mark.parametrize("name", [None, 5, ["oss:BucketCreated:PutBucket"], "x" * 2000])
def test_an_eventbridge_event_without_a_name_is_malformed(name: Any) -> None:
    assert reason(read_bridged(bridged(type=name, data=None))) is Reason.EVENT_MALFORMED


def test_the_source_of_events_is_recognized() -> None:
    assert is_notification(notification(element(), "x"))
    assert not is_notification(notification({"eventName": "LogFileCreated", "eventSource": "cdn"}))
    assert is_bridged(bridged())
    assert not is_bridged(bridged(source="acs.ecs"))
