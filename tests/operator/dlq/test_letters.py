"""Each message becomes one line, whatever it is."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imagesearch_ingest.dead_letters.letter import Replay, Source
from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.dlq.folding import Folded
from imagesearch_ops.dlq.letters import message_for_queue, read_line, read_message
from imagesearch_ops.queues import Message
from tests.operator.dlq.conftest import letter_about

EVENTS = Path(__file__).parents[3] / "events"
SENT, EXPIRES = datetime(2026, 11, 1, 6, 55, tzinfo=UTC), datetime(2026, 11, 15, 6, 55, tzinfo=UTC)


def message(body: str, **attributes: str) -> Message:
    return Message("m1", "receipt", body, SENT, EXPIRES, attributes)


def test_a_letter_is_shown_as_it_is_with_its_place() -> None:
    letter = json.loads(letter_about("a.jpg").to_json()) | {"field_of_a_later_version": [1]}
    line = read_message(message(json.dumps(letter)), "letters", "aws")
    assert line == letter | {
        "message_id": "m1",
        "queue": "letters",
        "sent_at": "2026-11-01T06:55:00Z",
        "expires_at": "2026-11-15T06:55:00Z",
        "kind": "letter",
        "copies": 1,
    }


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("aws-eventbridge-object-created.json", "shoes/2092061/front.jpg"),
        ("aws-s3-object-removed.json", "shoes/2092061/front.jpg"),
        ("aws-s3-test-event.json", None),
    ],
)
def test_an_event_that_the_queue_moved_is_a_raw_event(event: str, key: str | None) -> None:
    line = read_message(message((EVENTS / event).read_text(encoding="utf-8")), "letters", "aws")
    assert (line["kind"], line["code"], line["record_id"]) == ("raw_event", "retries_exhausted", None)
    assert (line["source"] or {}).get("key") == key


@pytest.mark.parametrize("event", ["oss-put-object", "eventbridge-object-created", "eventbridge-object-deleted"])
def test_an_event_of_oss_is_a_raw_event_on_alibaba_cloud(event: str) -> None:
    """The rule and the stream of EventBridge have the same dead-letter queue as the function."""
    body = (EVENTS / f"alibaba-{event}.json").read_text(encoding="utf-8")
    line = read_message(message(body), "letters", "alibaba")
    assert (line["kind"], line["source"]["cloud"]) == ("raw_event", "alibaba")
    assert line["source"]["key"] == "shoes/2092061/front.jpg"
    assert line["message"].startswith("EventBridge moved this event here after its last retry")


def test_an_announcement_is_a_raw_event() -> None:
    body = write_announcement(ObjectRef("aws", "shop", "a b+c.jpg"), "backfill", "20261129T0655-7f3a")
    line = read_message(message(body), "letters", "aws")
    assert (line["kind"], line["source"]["key"]) == ("raw_event", "a b+c.jpg")


def test_what_eventbridge_could_not_deliver_tells_why() -> None:
    body = (EVENTS / "aws-eventbridge-object-created.json").read_text(encoding="utf-8")
    line = read_message(message(body, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="no access"), "rule", "aws")
    assert (line["kind"], line["code"], line["message"]) == ("raw_event", "NO_PERMISSIONS", "no access")


@pytest.mark.parametrize("body", ["by hand", "[" * 100_000, '{"a": 1}', "[]", '{"record_id": 7}', "\ud800"])
def test_anything_else_is_unknown(body: str) -> None:
    line = read_message(message(body), "letters", "aws")
    assert (line["kind"], line["code"], line["original_event"]) == ("unknown", "not_a_dead_letter", body)
    assert len(line["message"]) <= 2000


def test_a_retry_envelope_is_told_apart() -> None:
    event = (EVENTS / "alibaba-oss-put-object.json").read_text(encoding="utf-8")
    body = json.dumps({"imagesearch_ingest": {"receives": 9, "first_received_at": None, "message": event}})
    assert read_message(message(body), "letters", "alibaba")["kind"] == "retry_envelope"


@pytest.mark.parametrize("receives", [0, "9", None])
def test_an_envelope_that_the_function_would_refuse_is_unknown(receives: object) -> None:
    body = json.dumps({"imagesearch_ingest": {"receives": receives, "first_received_at": None, "message": "{}"}})
    assert read_message(message(body), "letters", "alibaba")["kind"] == "unknown"


@pytest.mark.parametrize("body", [letter_about("a.jpg", source=None).to_json(), "by hand"])
def test_an_exported_line_is_sent_as_the_message_it_was(body: str) -> None:
    line = read_message(message(body), "letters", "aws")
    assert message_for_queue(read_line(json.dumps(line)), None, "run") == body


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"kind": "raw_event"}', '{"kind": "letter", "code": "a"}'])
def test_a_line_that_is_no_letter_is_refused(text: str) -> None:
    assert read_line(text) is None


def test_a_replay_count_never_grows_beyond_what_is_read() -> None:
    letter = letter_about("a.jpg", replay=Replay(of="first", count=1_000_000))
    line = read_message(message(letter.to_json()), "letters", "aws")
    replay = json.loads(message_for_queue(line, None, "run"))["imagesearch_ingest"]["replay"]
    assert replay["count"] == 1_000_000


def test_the_latest_letter_of_a_record_counts() -> None:
    with Folded() as folded:
        for day in ("2026-01-02", "2026-01-03", "2026-01-01"):
            folded.add(read_message(message(letter_about("a.jpg", failed_at=day).to_json()), "letters", "aws"))
        folded.add(read_message(message(letter_about("b.jpg").to_json()), "letters", "aws"))
        assert [(line["source"]["key"], line["failed_at"][:10], line["copies"]) for line in folded] == [
            ("a.jpg", "2026-01-03", 3),
            ("b.jpg", "2026-01-01", 1),
        ]
        assert (folded.lines, len(folded)) == (4, 2)


def test_messages_without_a_record_are_not_folded() -> None:
    with Folded() as folded:
        for number in range(2):
            folded.add(read_message(Message(f"m{number}", "r", "by hand"), "letters", "aws"))
        assert len(folded) == 2


def test_a_redacted_key_is_never_announced() -> None:
    letter = letter_about("x", source=Source(cloud="aws", bucket="b", key="***", key_redacted=True)).to_json()
    assert message_for_queue(read_message(message(letter), "letters", "aws"), letter, "run") == letter


@pytest.mark.parametrize(
    ("fields", "is_sent_as_it_is"),
    [
        ({"code": "network", "fault_class": "transient"}, True),
        ({"code": "bucket_forbidden", "fault_class": "systemic"}, True),
        ({"code": "corrupt_image", "fault_class": "permanent"}, False),  # the object was read under this key
    ],
)
@pytest.mark.parametrize(
    ("key", "raw_key", "envelope"), [("a b.jpg", "a+b.jpg", "s3"), ("a%2Bb.jpg", "a%2Bb.jpg", "eventbridge")]
)
def test_a_key_that_nobody_has_looked_at_keeps_both_readings(
    key: str, raw_key: str, envelope: str, fields: dict[str, str], *, is_sent_as_it_is: bool
) -> None:
    """The object may exist under the other reading alone. An announcement knows only one."""
    found = Source(cloud="aws", bucket="b", key=key, raw_key=raw_key, envelope=envelope, etag="e", size=1)
    letter = letter_about(key, source=found, **fields).to_json()
    sent = message_for_queue(read_message(message(letter), "letters", "aws"), letter, "run")
    assert (sent == letter) is is_sent_as_it_is


def test_a_plain_key_is_announced_whatever_its_fault() -> None:
    found = Source(cloud="aws", bucket="b", key="a.jpg", raw_key="a.jpg", envelope="s3")
    letter = letter_about("a.jpg", source=found, code="network", fault_class="transient").to_json()
    sent = json.loads(message_for_queue(read_message(message(letter), "letters", "aws"), letter, "run"))
    assert sent["imagesearch_ingest"]["look_at"] == {"bucket": "b", "key": "a.jpg"}
