import json
from datetime import UTC, datetime
from typing import Any

import pytest

from imagesearch_ingest.events import EventRecord, parse_lambda_event
from imagesearch_ingest.model.reasons import Reason
from tests.support.aws_events import s3_notification, s3_record, sqs_batch, sqs_message
from tests.support.both_clouds import ON_AWS

GOOD = s3_notification(s3_record())
ATTRIBUTES = sqs_message(GOOD)["attributes"]


def read(**changed: Any) -> EventRecord:
    """Return the record of a message with changed fields, between two good neighbours."""
    batch = sqs_batch(sqs_message(GOOD, "m0"), sqs_message(GOOD, "m1", **changed), sqs_message(GOOD, "m2"))
    before, record, after = parse_lambda_event(batch)
    assert [len(neighbour.changes) for neighbour in (before, after)] == [1, 1]
    return record


def detail_of(record: EventRecord) -> str:
    assert not record.changes
    (note,) = record.notes
    assert note.reason is Reason.EVENT_MALFORMED
    return note.detail


def test_a_message_has_its_times() -> None:
    record = read()
    assert record.retention_began_at == datetime(2026, 1, 12, 9, 30, 0, 200_000, UTC)
    assert record.first_received_at == "2026-01-12T09:30:00.300+00:00"
    assert (record.message_id, record.receipt, record.receive_count) == ("m1", "receipt of m1", 1)


@pytest.mark.parametrize("body", [..., None, 5, 1.5, True, {}, [], {"Records": []}])
def test_a_message_without_a_body_is_rejected(body: Any) -> None:
    record = read(body=body)
    assert "body is missing or is not a text" in detail_of(record)
    assert (record.message_id, record.receipt) == ("m1", "receipt of m1")
    assert json.loads(record.body)["messageId"] == "m1", "the dead letter holds the whole message"


NO_COUNT = {name: value for name, value in ATTRIBUTES.items() if name != "ApproximateReceiveCount"}


@pytest.mark.parametrize(
    "attributes",
    [
        ...,
        None,
        [],
        "x",
        {},
        NO_COUNT,
        *(
            ATTRIBUTES | {"ApproximateReceiveCount": count}
            for count in (None, "", "x", "1.5", "-1", "0", "³", " 1", [])
        ),
        *(ATTRIBUTES | {"ApproximateReceiveCount": count} for count in (0, -3, 2.0, True, "9" * 5000, "1000001")),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_message_without_a_receive_count_is_rejected(attributes: Any) -> None:
    record = read(attributes=attributes)
    assert "ApproximateReceiveCount" in detail_of(record)
    assert record.receive_count == 1
    assert json.loads(record.body) == GOOD, "the dead letter can be put back"


def test_a_receive_count_may_be_a_number() -> None:
    assert read(attributes=ATTRIBUTES | {"ApproximateReceiveCount": 7}).receive_count == 7


@pytest.mark.parametrize("name", [..., None, "", 5, []])
def test_a_message_without_an_id_is_rejected(name: Any) -> None:
    record = read(messageId=name)
    assert "messageId" in detail_of(record)
    assert (record.message_id, record.receipt) == ("", "receipt of m1")
    assert json.loads(record.body) == GOOD


@pytest.mark.parametrize("receipt", [..., None, "", 5])
def test_a_message_without_a_receipt_is_rejected(receipt: Any) -> None:
    record = read(receiptHandle=receipt)
    assert "receiptHandle" in detail_of(record)
    assert (record.message_id, record.receipt) == ("m1", None)


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"messageId": "m1"}])
def test_an_element_that_is_no_message_is_rejected(odd: Any) -> None:
    before, record, after = parse_lambda_event(sqs_batch(sqs_message(GOOD, "m0"), odd, sqs_message(GOOD, "m2")))
    detail_of(record)
    assert len(before.changes) == len(after.changes) == 1


@pytest.mark.parametrize("sent", [None, "", "x", "-1", 1.5, True, "9" * 16, [], "²"])
def test_an_absurd_time_is_unknown(sent: Any) -> None:
    record = read(attributes=ATTRIBUTES | {"SentTimestamp": sent, "ApproximateFirstReceiveTimestamp": sent})
    assert (record.retention_began_at, record.first_received_at) == (None, None)
    assert len(record.changes) == 1


def test_a_time_after_the_last_year_is_unknown() -> None:
    assert read(attributes=ATTRIBUTES | {"SentTimestamp": "9" * 15}).retention_began_at is None


DEEP = "[" * 100_000 + "]" * 100_000


def deep(levels: int = 100_000) -> list[Any]:
    """Return a list in a list, and so on, which no parser could have made."""
    inner: list[Any] = []
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "text", [DEEP, "[" * 100_000, f'{{"Records": {DEEP}}}', f'{{"Type": "Notification", "Message": {DEEP}}}']
)
@pytest.mark.parametrize("way", ["SQS", "SNS in SQS", "SNS", "Pipes"])
def test_deeply_nested_json_is_one_rejection(way: str, text: str) -> None:
    (record,) = parse_lambda_event(ON_AWS[way](text))
    detail_of(record)


@pytest.mark.parametrize("field", ["body", "attributes", "messageId", "receiptHandle"])
def test_a_deeply_nested_field_is_one_rejection(field: str) -> None:
    content = read(**{field: deep()})
    detail_of(content)


def test_a_deeply_nested_direct_event_is_one_rejection() -> None:
    for event in (
        s3_notification(s3_record(xVars=deep())),
        s3_notification(s3_record() | {"s3": deep()}),
        {"source": "aws.s3", "detail-type": "Object Created", "detail": deep()},
        {"imagesearch_ingest": {"look_at": deep(), "why": "backfill"}},
        {"Records": [{"EventSource": "aws:sns", "Sns": deep()}]},
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": deep()}}]},
    ):
        (record,) = parse_lambda_event(event)
        detail_of(record)
        assert record.body == "nested too deeply to be written as text"
