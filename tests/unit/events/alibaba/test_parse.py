import json
from typing import Any

import pytest

from imagesearch_ingest.events import EventRecord, parse_fc_event
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.reasons import Reason
from tests.support.oss_events import (
    as_text,
    base64_of,
    bridged,
    element,
    list_results,
    message,
    notification,
    topic_notification,
)

CREATED = ChangeKind.CREATED


def parse(content: Any) -> list[EventRecord]:
    return parse_fc_event(as_text(content).encode())


def test_a_message_id_has_three_sources() -> None:
    unnamed = {"data": {"messageBody": "x"}}
    records = parse([message("x", "M7"), message("x", None), message("x", "鞋"), unnamed, "x", bridged()])
    ids = [record.message_id for record in records]
    assert ids == ["M7", "c2g71017", "c2g71017", "message 4", "message 5", "45ef4dew"]


def test_without_a_queue_there_is_one_record() -> None:
    for event, name in ((notification(element("a.jpg"), element("b.jpg")), "without a queue"), (bridged(), "45ef4dew")):
        (record,) = parse(event)
        assert json.loads(record.body) == event
        assert (record.message_id, record.receive_count, record.first_received_at) == (name, 1, None)


def test_a_foreign_event_does_not_affect_others() -> None:
    (record,) = parse(notification(element("a.jpg"), "x", element("b.jpg")))
    assert list_results([record]) == [("a.jpg", CREATED), ("b.jpg", CREATED), Reason.EVENT_MALFORMED]


@pytest.mark.parametrize("body", ["[" * 100_000, "[" * 100_000 + "]" * 100_000], ids=["open", "balanced"])
@pytest.mark.parametrize("form", [str, base64_of, json.dumps])
def test_a_message_of_brackets_does_not_affect_others(body: str, form: Any) -> None:
    good = [message(as_text(notification(element(key)))) for key in ("a.jpg", "b.jpg")]
    assert list_results(parse([good[0], message(form(body)), good[1]])) == [
        ("a.jpg", CREATED),
        Reason.EVENT_MALFORMED,
        ("b.jpg", CREATED),
    ]


def test_an_unreadable_object_keeps_its_text() -> None:
    deep = f'{{"data": {{"messageId": "M2", "messageBody": {"[" * 100_000 + "]" * 100_000}}}}}'
    good = [as_text(message(notification(element(key)))) for key in ("[a],{b].jpg", '"\\.jpg')]
    first, malformed, third = parse_fc_event(f"[{good[0]},{deep},{good[1]}]")
    assert list_results([first, third]) == [("[a],{b].jpg", CREATED), ('"\\.jpg', CREATED)]
    assert (malformed.body, list_results([malformed])) == (deep, [Reason.EVENT_MALFORMED])
    assert list_results(parse_fc_event(deep)) == [Reason.EVENT_MALFORMED]


@pytest.mark.parametrize("broken", ["9" * 5000, "-" + "9" * 5000, "1e999", "NaN", '"\\ud800"'])
def test_an_odd_number_or_character_does_not_affect_others(broken: str) -> None:
    bad = as_text(message(notification(element(key="KEY")))).replace('"KEY"', broken)
    assert list_results(parse_fc_event(f"[{bad},{as_text(message(notification(element())))}]")) == [
        Reason.EVENT_MALFORMED,
        ("a.jpg", CREATED),
    ]


def test_invalid_utf8_does_not_affect_others() -> None:
    good = as_text(message(notification(element()))).encode()
    assert list_results(parse_fc_event(b"[" + good.replace(b"a.jpg", b"\xff.jpg") + b"," + good + b"]")) == [
        Reason.EVENT_MALFORMED,
        ("a.jpg", CREATED),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "no JSON",
        "null",
        "5",
        '"text"',
        "{}",
        "[" * 100_000,
        "]" * 100_000,
        "{" * 100_000 + "}" * 99_999,
        '{"events": []}',
        '{"events": "x"}',
        '{"events": [{"eventName": "LogFileCreated", "eventSource": "cdn"}]}',
        '{"triggerTime": "2023-12-26T07:49:00Z", "triggerName": "timer-trigger", "payload": "x"}',
        '{"Records": [{"eventSource": "aws:s3"}]}',
        '{"source": "acs.oss"}',
        '{"source": "acs.ecs", "data": {"x": 1}}',
        json.dumps(topic_notification("x")),
        b"\xff\xfe",
    ],
)
def test_an_unknown_trigger_is_refused(payload: bytes | str) -> None:
    with pytest.raises(ValueError, match="unknown trigger"):
        parse_fc_event(payload)


def test_an_empty_array_has_no_records() -> None:
    assert parse_fc_event(b"[]") == []
