import json

import pytest

from imagesearch_ingest.dead_letters import MAX_ORIGINAL_CHARACTERS, dead_letter
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.identity import ImageIdentity
from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef, ObjectState
from imagesearch_ingest.outcomes import IndexHolds, Outcome
from imagesearch_ingest.reasons import Reason, Result

REF = ObjectRef("aws", "shop", "鞋/front.jpg")


def record(body: str = "{}") -> EventRecord:
    change = ObjectChange(REF, ChangeKind.CREATED, "ObjectCreated:Put", "raw", etag="told", version_id=None)
    return EventRecord("m", "r", 3, body, (change,))


def outcome(**fields: object) -> Outcome:
    defaults = {
        "result": Result.REJECTED,
        "ref": REF,
        "reason": Reason.CORRUPT_IMAGE,
        "detail": "cut short",
        "index_holds": IndexHolds.PREVIOUS,
    }
    return Outcome(**defaults | fields)


def letter(outcome: Outcome, record: EventRecord) -> dict:
    return json.loads(dead_letter(outcome, record, instance="demo", failed_at="2026-01-01T00:00:00Z").to_json())


def test_a_letter_says_what_why_where_and_how_to_go_on() -> None:
    content = letter(
        outcome(identity=ImageIdentity("鞋", "鞋/front.jpg"), service_code="C", service_request_id="R"), record()
    )
    record_id = content.pop("record_id")
    assert len(record_id) == 64
    assert content == {
        "schema_version": 1,
        "code": "corrupt_image",
        "fault_class": "permanent",
        "stage": "prepare",
        "message": "cut short",
        "hint": Reason.CORRUPT_IMAGE.hint,
        "index_holds": "previous",
        "source": {"cloud": "aws", "bucket": "shop", "key": "鞋/front.jpg", "version_id": None, "etag": "told"},
        "target": {"instance": "demo", "product_id": "鞋", "pic_name": "鞋/front.jpg"},
        "upstream": {"code": "C", "request_id": "R"},
        "receive_count": 3,
        "failed_at": "2026-01-01T00:00:00Z",
        "original_message": "{}",
        "original_message_truncated": False,
    }


def test_letters_are_ascii() -> None:
    text = dead_letter(outcome(), record("鞋 \x00 \U0001f45f"), instance="demo", failed_at="x").to_json()
    assert text.isascii()
    assert "\x00" not in text


def test_the_content_that_was_read_counts_more_than_the_one_that_was_announced() -> None:
    assert letter(outcome(state=ObjectState("read", "v2", "today")), record())["source"]["etag"] == "read"


def test_the_record_id_tells_contents_and_reasons_apart_and_nothing_else() -> None:
    same = [letter(outcome(), record()), letter(outcome(detail="in other words"), record("{} "))]
    others = [
        letter(outcome(state=ObjectState("other", None, "t")), record()),
        letter(outcome(reason=Reason.IMAGE_TOO_SMALL), record()),
        letter(outcome(ref=ObjectRef("aws", "other", REF.key)), record()),
        letter(outcome(ref=None), record()),
        letter(outcome(ref=None), record("[]")),
    ]
    assert len({entry["record_id"] for entry in same}) == 1
    assert len({entry["record_id"] for entry in same + others}) == 6


def test_a_long_message_is_cut_so_that_the_letter_can_be_sent() -> None:
    content = letter(outcome(), record("x" * 1_000_000))
    assert content["original_message_truncated"]
    assert len(json.dumps(content)) < 256 * 1024
    assert len(content["original_message"]) == MAX_ORIGINAL_CHARACTERS


def test_an_outcome_without_a_reason_is_no_dead_letter() -> None:
    with pytest.raises(ValueError, match="reason"):
        dead_letter(outcome(reason=None), record(), instance="demo", failed_at="x")
