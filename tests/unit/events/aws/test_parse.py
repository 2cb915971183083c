import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.events import encode_event_key, parse_lambda_event
from imagesearch_ingest.model.objects import ChangeKind, ObjectRef
from imagesearch_ingest.model.reasons import Reason

EVENTS = Path(__file__).parents[4] / "events"
SAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(EVENTS.glob("aws-*.json"))}
FRONT = "shoes/2092061/front.jpg"
CREATED, REMOVED, ANNOUNCED = ChangeKind.CREATED, ChangeKind.REMOVED, ChangeKind.ANNOUNCED
# The results of every sample: (key, kind) of a change, or the reason of a note.
READ = {
    "aws-sqs-object-created": [(FRONT, CREATED)],
    "aws-sqs-object-copied": [(FRONT, CREATED)],
    "aws-sqs-object-removed": [(FRONT, REMOVED)],
    "aws-sqs-delete-marker": [(FRONT, REMOVED)],
    "aws-sqs-version-removed": [(FRONT, REMOVED)],
    "aws-sqs-lifecycle-expired": [(FRONT, REMOVED)],
    "aws-sqs-lifecycle-marker": [(FRONT, REMOVED)],
    "aws-sqs-lifecycle-noncurrent": [(FRONT, REMOVED)],
    "aws-sqs-restore-completed": [(FRONT, CREATED)],
    "aws-sqs-tagging": [Reason.OTHER_EVENT],
    "aws-sqs-key-encoded": [("red shoes/鞋/100% a+b %41.jpg", CREATED)],
    "aws-sqs-folder-marker": [Reason.FOLDER_MARKER],
    "aws-sqs-test-event": [Reason.TEST_EVENT],
    "aws-sqs-batch": [(f"shoes/{n}/front.jpg", CREATED) for n in (1, 2, 3)],
    "aws-sqs-several-records": [(f"shoes/{n}/front.jpg", CREATED) for n in (1, 2)],
    "aws-sns-sqs-object-created": [(FRONT, CREATED)],
    "aws-sns-sqs-test-event": [Reason.TEST_EVENT],
    "aws-eventbridge-sqs-object-created": [(FRONT, CREATED)],
    "aws-eventbridge-sqs-key-literal": [("red shoes/鞋/100% a+b %41.jpg", CREATED)],
    "aws-eventbridge-sqs-object-deleted": [(FRONT, REMOVED)],
    "aws-eventbridge-sqs-delete-marker": [(FRONT, REMOVED)],
    "aws-eventbridge-sqs-lifecycle-expired": [(FRONT, REMOVED)],
    "aws-eventbridge-sqs-lifecycle-noncurrent": [(FRONT, REMOVED)],
    "aws-eventbridge-sqs-restore-completed": [(FRONT, CREATED)],
    "aws-eventbridge-sqs-tags-added": [Reason.OTHER_EVENT],
    "aws-announcement": [(FRONT, ANNOUNCED)],
    "aws-sqs-announcement": [(FRONT, ANNOUNCED)],
    "aws-sqs-dead-letter": [(FRONT, ANNOUNCED)],
    "aws-sns-object-created": [(FRONT, CREATED)],
    "aws-pipes-object-created": [(FRONT, CREATED)],
    "aws-s3-object-created": [(FRONT, CREATED)],
    "aws-s3-object-removed": [(FRONT, REMOVED)],
    "aws-s3-test-event": [Reason.TEST_EVENT],
    "aws-eventbridge-object-created": [(FRONT, CREATED)],
    "aws-eventbridge-object-deleted": [(FRONT, REMOVED)],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read(name: str) -> None:
    found = [
        *((change.ref.key, change.kind) for record in parse_lambda_event(SAMPLES[name]) for change in record.changes),
        *(note.reason for record in parse_lambda_event(SAMPLES[name]) for note in record.notes),
    ]
    assert found == READ[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_only_queue_messages_have_a_receipt(name: str) -> None:
    from_queue = "-sqs-" in name or "-pipes-" in name
    assert all((record.receipt is not None) == from_queue for record in parse_lambda_event(SAMPLES[name]))


@pytest.mark.parametrize("name", SAMPLES)
def test_only_a_lifecycle_rule_removes_noncurrent_versions(name: str) -> None:
    """A person can also remove the current version or a delete marker, which makes another version current."""
    noncurrent = {change.noncurrent for record in parse_lambda_event(SAMPLES[name]) for change in record.changes}
    assert noncurrent <= {name.endswith("lifecycle-noncurrent")}


def test_version_etag_and_size_are_kept() -> None:
    for name in ("aws-sqs-object-created", "aws-eventbridge-sqs-object-created"):
        ((change,),) = (record.changes for record in parse_lambda_event(SAMPLES[name]))
        assert (change.etag, change.size) == ("b21b84d653bb07b05b1e6b33684dc11b", 184321)
        assert change.sequencer == "0055AED6DCD90281E5"


def test_both_envelopes_keep_the_other_reading() -> None:
    ((notified,),) = (record.changes for record in parse_lambda_event(SAMPLES["aws-sqs-key-encoded"]))
    assert notified.other_key == "red+shoes/%E9%9E%8B/100%25+a%2Bb+%2541.jpg"
    ((bridged,),) = (record.changes for record in parse_lambda_event(SAMPLES["aws-eventbridge-sqs-key-literal"]))
    assert bridged.other_key == "red shoes/鞋/100% a b A.jpg"


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
    (record,) = parse_lambda_event(sqs_event(body))
    assert not record.changes
    (note,) = record.notes
    return note.reason


def test_all_records_of_all_messages_are_read() -> None:
    first, second = parse_lambda_event(
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
    (record,) = parse_lambda_event(sqs_event({"Records": [s3_record(raw)]}))
    assert record.changes[0].ref == ObjectRef("aws", "shop", key)
    assert record.changes[0].raw_key == raw


@given(st.text(min_size=1).filter(lambda key: not key.endswith("/")))
def test_every_key_survives_an_event(key: str) -> None:
    (record,) = parse_lambda_event(sqs_event({"Records": [s3_record(encode_event_key(key))]}))
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
    (record,) = parse_lambda_event(sqs_event({"Records": [s3_record(name=name)]}))
    assert record.changes[0].kind is kind


@pytest.mark.parametrize(
    "name", ["ObjectTagging:Put", "ObjectRestore:Post", "ObjectRestore:Delete", "Replication:Failed"]
)
def test_events_that_change_no_picture_are_skipped(name: str) -> None:
    assert only_note({"Records": [s3_record(name=name)]}) is Reason.OTHER_EVENT


def test_the_test_event_is_skipped() -> None:
    assert only_note({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "shop"}) is Reason.TEST_EVENT


def test_only_an_empty_folder_marker_is_skipped() -> None:
    assert only_note({"Records": [s3_record("shoes/", size=0)]}) is Reason.FOLDER_MARKER
    for body in (s3_record("shoes/", size=9), s3_record("shoes/", "ObjectRemoved:Delete", size=None)):
        (record,) = parse_lambda_event(sqs_event({"Records": [body]}))
        assert record.changes[0].ref.key == "shoes/"


HALF_A_KEY = {"bucket": {"name": "b"}, "object": {"key": "\ud800"}}  # half of a surrogate pair


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
        {"Records": [{name: value for name, value in s3_record().items() if name != "eventVersion"}]},
        {"Records": [s3_record() | {"eventVersion": 2}]},
        {"Records": [s3_record(eTag=5)]},
        {"Records": [s3_record(versionId=["v"])]},
        {"Records": [s3_record(size="5")]},
        {"Type": "Notification", "Message": 5},
        {"Type": "Notification", "Message": "text"},
        {"source": "aws.s3", "detail-type": "Object Created", "detail": None},
        {"source": "aws.s3", "detail-type": ["x"], "detail": {"bucket": {"name": "b"}, "object": {"key": "k"}}},
        {"source": "aws.s3", "detail-type": "Object Created", "detail": HALF_A_KEY},
        "[" * 100_000,
        {"Records": [s3_record() | {"s3": {"bucket": {"name": "shop"}, "object": {"key": 5}}}]},
        {"Records": [s3_record() | {"eventName": None}]},
    ],
)
def test_a_malformed_message_does_not_affect_others(body: Any) -> None:
    assert only_note(body) is Reason.EVENT_MALFORMED
    good, bad = parse_lambda_event(sqs_event({"Records": [s3_record()]}, body))
    assert len(good.changes) == 1
    assert len(bad.notes) == 1


def test_a_malformed_record_does_not_affect_others() -> None:
    (record,) = parse_lambda_event(sqs_event({"Records": [{}, s3_record("b.jpg")]}))
    assert [change.ref.key for change in record.changes] == ["b.jpg"]
    assert [note.reason for note in record.notes] == [Reason.EVENT_MALFORMED]


@pytest.mark.parametrize(
    "event", [{}, [], {"Records": [{"eventSource": "aws:sns"}]}, {"Records": "x"}, {"Records": ["x"]}]
)
def test_an_unknown_trigger_is_refused(event: Any) -> None:
    with pytest.raises(ValueError, match="unknown trigger"):
        parse_lambda_event(event)
