import json
from datetime import UTC, datetime
from typing import Any

import pytest

from imagesearch_ingest.events import EventRecord, parse_fc_event, write_retry_message
from imagesearch_ingest.events.alibaba.retry_message import MAX_RECEIVES
from imagesearch_ingest.model.reasons import Reason
from tests.support.oss_events import as_text, base64_of, element, message, notification

FIRST, LATER = "2026-01-12T09:30:00.123+00:00", "2026-01-12T09:40:00.000+00:00"
TEXT = as_text(notification(element("鞋/a b.jpg")))


def received(body: Any) -> EventRecord:
    (record,) = parse_fc_event(json.dumps(message(body)))
    return record


def envelope(**changed: Any) -> dict[str, Any]:
    return {"imagesearch_ingest": {"receives": 2, "first_received_at": FIRST, "message": TEXT} | changed}


def test_the_envelope_has_its_documented_form() -> None:
    assert json.loads(write_retry_message(received(TEXT), FIRST)) == envelope()


def test_a_retry_keeps_the_message_and_counts_receives() -> None:
    record = received(write_retry_message(received(TEXT), FIRST))
    assert (record.receive_count, record.first_received_at, record.body) == (2, FIRST, TEXT)
    assert [change.ref.key for change in record.changes] == ["鞋/a b.jpg"]
    again = received(write_retry_message(record, LATER))
    assert (again.receive_count, again.first_received_at, again.body) == (3, FIRST, TEXT)


def test_retries_do_not_grow_the_message() -> None:
    record = received(base64_of(TEXT))
    lengths = set()
    for _ in range(8):
        record = received(base64_of(write_retry_message(record, FIRST)))
        lengths.add(len(write_retry_message(record, FIRST).replace(f'"receives": {record.receive_count + 1}', "")))
    assert record.receive_count == 9
    assert len(lengths) == 1


def test_the_envelope_is_ascii() -> None:
    record = received("half a pair: \ud800, 鞋")
    assert write_retry_message(record, FIRST).isascii()
    assert received(write_retry_message(record, FIRST)).body == record.body


def test_the_receive_count_has_a_maximum() -> None:
    record = received(envelope(receives=MAX_RECEIVES))
    assert received(write_retry_message(record, FIRST)).receive_count == MAX_RECEIVES


@pytest.mark.parametrize("form", [lambda content: content, as_text, lambda content: base64_of(as_text(content))])
def test_an_envelope_is_opened_in_every_form(form: Any) -> None:
    for original in (TEXT, base64_of(TEXT)):
        record = received(form(envelope(message=original)))
        assert (record.receive_count, record.body) == (2, TEXT)


def test_the_first_receive_may_be_unknown() -> None:
    record = received(envelope(first_received_at=None))
    assert (record.first_received_at, len(record.changes)) == (None, 1)
    assert json.loads(write_retry_message(record, LATER))["imagesearch_ingest"]["first_received_at"] == LATER


COUNTS = [None, True, False, 0, -1, 2.0, 1e300, float("nan"), "2", [2], {}, MAX_RECEIVES + 1, 10**300]
TIMES = [5, True, [], {}, "", "yesterday", "2026-13-45", "\ud800", FIRST + " ", f"{FIRST[:19]}.{'1' * 100}"]
MESSAGES = [None, 5, True, [], {}, notification(element())]


@pytest.mark.parametrize(
    "body",
    [
        *({"imagesearch_ingest": value} for value in (None, 5, "x", [], {}, TEXT, [envelope()])),
        *(envelope(receives=value) for value in COUNTS),
        *(envelope(first_received_at=value) for value in TIMES),
        *(envelope(message=value) for value in MESSAGES),
    ],
    ids=lambda body: json.dumps(body)[:90],
)
def test_an_invalid_envelope_becomes_a_note(body: Any) -> None:
    record = received(body)
    assert not record.changes
    (note,) = record.notes
    assert note.reason is Reason.EVENT_MALFORMED
    assert "invalid retry envelope" in note.detail
    assert (record.receive_count, record.first_received_at) == (1, None)
    assert received(json.loads(record.body)).notes == record.notes, "all of it is kept"


@pytest.mark.parametrize("inner", ["", "x", "[" * 100_000, '{"events": []}', "null"])
def test_receives_of_malformed_messages_count_too(inner: str) -> None:
    record = received(envelope(message=inner))
    assert [note.reason for note in record.notes] == [Reason.EVENT_MALFORMED]
    assert (record.receive_count, record.body) == (2, inner)


def test_an_envelope_in_an_envelope_becomes_a_note() -> None:
    inner = as_text(envelope(receives=900))
    for text in (inner, base64_of(inner)):
        record = received(envelope(message=text))
        assert not record.changes
        (note,) = record.notes
        assert (note.reason, note.detail) == (
            Reason.EVENT_MALFORMED,
            "the message is a retry envelope inside a retry envelope",
        )
        assert (record.receive_count, record.body) == (2, inner)
        assert received(write_retry_message(record, FIRST)).body == inner, "nor does it grow"


@pytest.mark.parametrize(
    "inner",
    [
        as_text({"imagesearch_ingest": {"look_at": {"bucket": "pictures", "key": "a.jpg"}, "why": "backfill"}}),
        as_text(
            {
                "schema_version": 1,
                "record_id": "id",
                "code": "object_empty",
                "source": {"cloud": "alibaba", "bucket": "pictures", "key": "a.jpg"},
                "original_event": TEXT,
            }
        ),
    ],
    ids=["announcement", "letter"],
)
def test_a_retry_keeps_announcements_and_letters(inner: str) -> None:
    record = received(base64_of(inner))
    for receives in range(2, 5):
        again = received(base64_of(write_retry_message(record, FIRST)))
        assert (again.changes, again.replayed, again.body) == (record.changes, record.replayed, record.body)
        assert again.receive_count == receives
        assert json.loads(write_retry_message(again, FIRST))["imagesearch_ingest"]["message"] == inner
        record = again


@pytest.mark.parametrize(
    ("first", "began"),
    [
        (FIRST, datetime(2026, 1, 12, 9, 30, 0, 123_000, UTC)),
        ("2026-01-12T17:30:00.123+08:00", datetime(2026, 1, 12, 9, 30, 0, 123_000, UTC)),
        ("2026-01-12T09:30:00", datetime(2026, 1, 12, 9, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        (None, None),
    ],
)
def test_the_age_counts_from_the_first_receive(first: str | None, began: datetime | None) -> None:
    assert received(envelope(first_received_at=first)).retention_began_at == began


def test_the_age_of_a_first_receive_is_unknown() -> None:
    assert received(TEXT).retention_began_at is None
