import json
from dataclasses import replace
from functools import partial

import pytest

from imagesearch_ingest.dead_letters import DeadLetter, dead_letter
from imagesearch_ingest.dead_letters.compose import MAX_ORIGINAL_BYTES
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from tests.support.fakes import ORIGIN
from tests.support.pictures import jpeg

REF = ObjectRef("aws", "shop", "鞋/front.jpg")


def record(body: str = "{}") -> EventRecord:
    announced = {
        "event_time": "2026-01-01T00:00:00Z",
        "etag": "announced",
        "size": 5,
        "sequencer": "0A",
        "envelope": "s3",
    }
    change = ObjectChange(REF, ChangeKind.CREATED, "ObjectCreated:Put", "%E9%9E%8B/front.jpg", **announced)
    return EventRecord("m", "r", 3, body, (change,), first_received_at="2025-12-31T00:00:00Z")


def outcome(**fields: object) -> Outcome:
    defaults = {
        "result": Result.REJECTED,
        "ref": REF,
        "reason": Reason.CORRUPT_IMAGE,
        "detail": "cut short",
        "index_holds": IndexHolds.PREVIOUS,
    }
    return Outcome(**defaults | fields)


def written(outcome: Outcome, record: EventRecord) -> DeadLetter:
    return dead_letter(outcome, record, origin=ORIGIN, request_id="request-1", failed_at="2026-01-02T00:00:00Z")


def letter(outcome: Outcome, record: EventRecord) -> dict:
    return json.loads(written(outcome, record).to_json())


def test_letter_has_every_field() -> None:
    named = outcome(identity=ImageIdentity("鞋", "鞋/front.jpg"), service_code="C", service_request_id="R", retries=2)
    content = letter(named, record())
    record_id = content.pop("record_id")
    assert len(record_id) == 64
    assert content == {
        "schema_version": 1,
        "code": "corrupt_image",
        "class": "permanent",
        "stage": "prepare",
        "message": "cut short",
        "hint": Reason.CORRUPT_IMAGE.hint,
        "docs_url": "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/reasons.md#corrupt_image",
        "index_holds": "previous",
        "source": {
            "cloud": "aws",
            "bucket": "shop",
            "key": "鞋/front.jpg",
            "key_redacted": False,
            "raw_key": "%E9%9E%8B/front.jpg",
            "version_id": None,
            "etag": "announced",
            "size": 5,
            "sequencer": "0A",
            "event_name": "ObjectCreated:Put",
            "event_time": "2026-01-01T00:00:00Z",
            "envelope": "s3",
        },
        "target": {"instance": "demo", "region": "ap-southeast-1", "product_id": "鞋", "pic_name": "鞋/front.jpg"},
        "image": None,
        "upstream": {"code": "C", "request_id": "R"},
        "receive_count": 3,
        "retries": 2,
        "first_received_at": "2025-12-31T00:00:00Z",
        "failed_at": "2026-01-02T00:00:00Z",
        "function": {"name": "ingest", "version": "7", "request_id": "request-1"},
        "pipeline_fingerprint": "abcdef123456",
        "preparation": "fedcba654321",
        "rule": "112233445566",
        "run": None,
        "replay": {"of": record_id, "count": 0},
        "original_event": "{}",
        "original_event_truncated": False,
    }


def test_letter_of_a_refused_picture_says_what_was_sent() -> None:
    prepared = prepare(jpeg(320, 200), Policy(longest_side=160))
    assert prepared.steps
    assert letter(outcome(prepared=prepared.preparation), record())["image"] == {
        "format": "JPEG",
        "width": 320,
        "height": 200,
        "bytes_in": len(jpeg(320, 200)),
        "bytes_out": len(prepared.data),
        "steps": list(prepared.steps),
    }


def test_letter_can_be_read_back() -> None:
    given = written(outcome(), record())
    assert DeadLetter.model_validate_json(given.to_json()) == given


def test_letters_are_ascii() -> None:
    text = written(outcome(), record("鞋 \x00 \U0001f45f")).to_json()
    assert text.isascii()
    assert "\x00" not in text


def test_read_content_counts_more_than_announced_content() -> None:
    assert letter(outcome(state=ObjectState("read", "v2", "today", 5)), record())["source"]["etag"] == "read"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_letter_is_about_the_newest_change(order: tuple[int, ...]) -> None:
    """The bucket no longer shows the older ones."""
    put = partial(ObjectChange, REF, ChangeKind.CREATED, "ObjectCreated:Put", REF.key)
    removed = ObjectChange(REF, ChangeKind.REMOVED, "ObjectRemoved:Delete", REF.key, event_time="2026-01-01T00:00:01Z")
    changes = [
        put(event_time="2026-01-01T00:00:00Z", etag="old"),
        removed,
        put(event_time="2026-01-01T00:00:02Z", etag="new"),
    ]
    message = replace(record(), changes=tuple(changes[number] for number in order))
    assert letter(outcome(), message)["source"]["etag"] == "new"


def test_last_of_simultaneous_changes_counts() -> None:
    changes = [
        ObjectChange(REF, ChangeKind.CREATED, "ObjectCreated:Put", REF.key, etag=etag) for etag in ("old", "new")
    ]
    assert letter(outcome(), replace(record(), changes=tuple(changes)))["source"]["etag"] == "new"


def test_record_id_depends_on_content_and_reason_alone() -> None:
    same = [letter(outcome(), record()), letter(outcome(detail="in other words"), record("{} "))]
    others = [
        letter(outcome(state=ObjectState("other", None, "t", 5)), record()),
        letter(outcome(reason=Reason.IMAGE_TOO_SMALL), record()),
        letter(outcome(ref=ObjectRef("aws", "other", REF.key)), record()),
        letter(outcome(ref=None), record()),
        letter(outcome(ref=None), record("[]")),
    ]
    assert len({entry["record_id"] for entry in same}) == 1
    assert len({entry["record_id"] for entry in same + others}) == 6


@pytest.mark.parametrize("character", ["x", '"', "鞋", "\U0001f45f", "\x00", "\ud800"])
def test_long_event_is_cut_to_fit(character: str) -> None:
    """JSON writes each of these characters as one to twelve bytes."""
    long = letter(outcome(detail=character * 100_000), record(character * 250_000))
    assert long["original_event_truncated"]
    assert len(json.dumps(long)) < 200 * 1024
    assert len(json.dumps(long["original_event"])) > MAX_ORIGINAL_BYTES * 0.9


def with_objects(count: int, body: str = "x" * 250_000) -> EventRecord:
    changes = [ObjectChange(replace(REF, key=f"{number}.jpg"), ChangeKind.CREATED, "n", "k") for number in range(count)]
    return replace(record(body), changes=tuple(changes))


@pytest.mark.parametrize(("objects", "most"), [(1, 120_000), (10, 120_000), (20, 60_000), (1000, 1_200)])
def test_letters_of_many_objects_share_the_room_for_the_event(objects: int, most: int) -> None:
    """One message must not become a thousand letters that each hold all of it."""
    long = letter(outcome(ref=replace(REF, key="0.jpg")), with_objects(objects))
    assert long["original_event_truncated"]
    assert most * 0.9 < len(json.dumps(long["original_event"])) <= most
    assert letter(outcome(ref=None), with_objects(objects))["original_event"] > "x" * 100_000, "it cannot do without"


def test_no_part_of_a_secret_is_left_where_much_was_redacted() -> None:
    """The secrets before the cut are shorter once they are redacted, so the cut moves to the right."""
    token = "eyJ" + "a" * 1191
    body = f"{token} " * 4 + "x" * 2000
    cut = letter(outcome(ref=replace(REF, key="0.jpg")), with_objects(1000, body))["original_event"]
    assert cut.startswith("*** *** *** *** xxx")
    assert "eyJ" not in cut


def test_a_short_event_of_many_objects_is_kept_whole() -> None:
    assert letter(outcome(ref=replace(REF, key="0.jpg")), with_objects(20, "{}"))["original_event"] == "{}"


def test_outcome_without_a_reason_has_no_letter() -> None:
    with pytest.raises(ValueError, match="reason"):
        written(outcome(reason=None), record())
