import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.events import parse_sqs_batch, s3_event_key
from imagesearch_ingest.objects import ChangeKind, ObjectRef
from imagesearch_ingest.reasons import Reason


def s3_record(key: str = "a.jpg", name: str = "ObjectCreated:Put", **stored: Any) -> dict[str, Any]:
    return {
        "eventVersion": "2.1",
        "eventName": name,
        "s3": {"bucket": {"name": "shop"}, "object": {"key": key, "size": 5, "eTag": "e1"} | stored},
    }


def sqs_event(*bodies: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "3"},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }


def only_note(body: Any) -> Reason:
    (record,) = parse_sqs_batch(sqs_event(body))
    assert not record.changes
    (note,) = record.notes
    return note.reason


def test_all_records_of_all_messages_are_read() -> None:
    first, second = parse_sqs_batch(
        sqs_event({"Records": [s3_record("a.jpg"), s3_record("b.jpg")]}, {"Records": [s3_record("c.jpg")]})
    )
    assert [change.ref.key for change in (*first.changes, *second.changes)] == ["a.jpg", "b.jpg", "c.jpg"]
    assert (first.message_id, first.receipt, first.receive_count) == ("m0", "r0", 3)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("red+shoes/a%2Bb.jpg", "red shoes/a+b.jpg"),
        ("100%25.jpg", "100%.jpg"),
        ("literal%2541.jpg", "literal%41.jpg"),
        ("%E9%9E%8B/%F0%9F%91%9F.jpg", "鞋/👟.jpg"),
        ("caf%C3%A9.jpg", "café.jpg"),
        ("cafe%CC%81.jpg", "cafe\u0301.jpg"),
    ],
)
def test_a_key_is_decoded_once(raw: str, key: str) -> None:
    (record,) = parse_sqs_batch(sqs_event({"Records": [s3_record(raw)]}))
    assert record.changes[0].ref == ObjectRef("aws", "shop", key)
    assert record.changes[0].raw_key == raw


@given(st.text(min_size=1).filter(lambda key: not key.endswith("/")))
def test_every_key_survives_the_way_through_an_event(key: str) -> None:
    (record,) = parse_sqs_batch(sqs_event({"Records": [s3_record(s3_event_key(key))]}))
    assert record.changes[0].ref.key == key


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ObjectCreated:Put", ChangeKind.CREATED),
        ("s3:ObjectCreated:CompleteMultipartUpload", ChangeKind.CREATED),
        ("ObjectCreated:Copy", ChangeKind.CREATED),
        ("ObjectRestore:Completed", ChangeKind.CREATED),
        ("ObjectRemoved:Delete", ChangeKind.REMOVED),
        ("ObjectRemoved:DeleteMarkerCreated", ChangeKind.REMOVED),
        ("LifecycleExpiration:Delete", ChangeKind.REMOVED),
    ],
)
def test_events_that_change_a_picture(name: str, kind: ChangeKind) -> None:
    (record,) = parse_sqs_batch(sqs_event({"Records": [s3_record(name=name)]}))
    assert record.changes[0].kind is kind


@pytest.mark.parametrize(
    "name", ["ObjectTagging:Put", "ObjectRestore:Post", "ObjectRestore:Delete", "Replication:Failed"]
)
def test_events_that_change_no_picture_are_skipped(name: str) -> None:
    assert only_note({"Records": [s3_record(name=name)]}) is Reason.OTHER_EVENT


def test_the_test_event_is_skipped() -> None:
    assert only_note({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "shop"}) is Reason.TEST_EVENT


def test_a_folder_marker_is_skipped_and_a_picture_in_disguise_is_not() -> None:
    assert only_note({"Records": [s3_record("shoes/", size=0)]}) is Reason.FOLDER_MARKER
    for body in (s3_record("shoes/", size=9), s3_record("shoes/", "ObjectRemoved:Delete", size=None)):
        (record,) = parse_sqs_batch(sqs_event({"Records": [body]}))
        assert record.changes[0].ref.key == "shoes/"


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "null",
        "{}",
        {"Records": []},
        {"Records": ["x"]},
        {"Records": [{}]},
        {"Records": [s3_record(key="")]},
        {"Records": [s3_record(key="%FF.jpg")]},
        {"Records": [s3_record() | {"eventVersion": "3.0"}]},
        {"Records": [s3_record() | {"s3": {"bucket": {"name": "shop"}, "object": {"key": 5}}}]},
        {"Records": [s3_record() | {"eventName": None}]},
    ],
)
def test_what_is_no_event_is_noted_and_costs_no_other_message(body: Any) -> None:
    assert only_note(body) is Reason.EVENT_MALFORMED
    good, bad = parse_sqs_batch(sqs_event({"Records": [s3_record()]}, body))
    assert len(good.changes) == 1
    assert len(bad.notes) == 1


def test_a_malformed_record_leaves_its_neighbours_in_the_message() -> None:
    (record,) = parse_sqs_batch(sqs_event({"Records": [{}, s3_record("b.jpg")]}))
    assert [change.ref.key for change in record.changes] == ["b.jpg"]
    assert [note.reason for note in record.notes] == [Reason.EVENT_MALFORMED]


@pytest.mark.parametrize(
    "event", [{}, [], {"Records": [{"eventSource": "aws:s3"}]}, {"Records": "x"}, {"Records": ["x"]}]
)
def test_an_event_of_another_trigger_is_refused_as_a_whole(event: Any) -> None:
    with pytest.raises(ValueError, match="no batch of SQS messages"):
        parse_sqs_batch(event)
