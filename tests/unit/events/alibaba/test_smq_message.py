from typing import Any

import pytest

from imagesearch_ingest.events.alibaba.smq_message import read
from imagesearch_ingest.model.reasons import Reason
from tests.support.oss_events import as_text, base64_of, bridged, element, notification, topic_notification

EVENT = notification(element("鞋/a b.jpg"))
TEXT = as_text(EVENT)


def keys(body: Any) -> list[str]:
    message = read(body).message
    assert not message.notes
    return [change.ref.key for change in message.changes]


def malformed(body: Any) -> str:
    message = read(body).message
    assert not message.changes
    (note,) = message.notes
    assert note.reason is Reason.EVENT_MALFORMED
    return note.detail


def in_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        f"\n {TEXT} \n",
        EVENT,
        base64_of(TEXT),
        in_lines(base64_of(TEXT)),
        base64_of(base64_of(TEXT)),
        as_text(TEXT),
        as_text(base64_of(TEXT)),
        as_text(topic_notification(TEXT)),
        as_text(topic_notification(base64_of(TEXT))),
        base64_of(as_text(topic_notification(base64_of(TEXT)))),
        topic_notification(EVENT),
        as_text(bridged("鞋/a b.jpg")),
        base64_of(as_text(bridged("鞋/a b.jpg"))),
    ],
    ids=str,
)
def test_a_body_is_understood_in_every_form(body: Any) -> None:
    assert keys(body) == ["鞋/a b.jpg"]


def test_the_text_is_the_producers() -> None:
    assert read(TEXT).message.text == TEXT
    assert read(base64_of(TEXT)).message.text == TEXT
    wrapped = as_text(topic_notification(base64_of(TEXT)))
    assert read(wrapped).message.text == wrapped
    assert read("no event").message.text == "no event"
    assert read(base64_of("no event")).message.text == base64_of("no event")
    assert keys(read(EVENT).message.text) == ["鞋/a b.jpg"]


@pytest.mark.parametrize(
    "body",
    [
        *("", " ", "TEST", "null", "5", "true", '"x"', "[]", "{}", "{", "=", "====", "AAAA", "鞋", "\ud800", "\x00"),
        *(None, 5, 1.5, True, [], {}, [EVENT], "[" * 100_000, '{"a":' * 100_000, base64_of("[" * 100_000)),
        *(f"!{base64_of(TEXT)}", base64_of(TEXT)[:-1], TEXT[:-1], f"{TEXT},"),
        *({"events": []}, {"events": {}}, {"events": None}, {"Records": [{}]}, {"Message": TEXT}, {"TopicName": "t"}),
        *(topic_notification(value) for value in (None, 5, [], "", "x", {}, "\ud800")),
        {"source": "acs.oss"},
        {"source": ["acs.oss"], "data": EVENT},
    ],
    ids=lambda body: str(body)[:40].encode("ascii", "backslashreplace").decode(),
)
def test_a_foreign_message_becomes_a_note(body: Any) -> None:
    assert "JSON object" in malformed(body) or "neither" in malformed(body)


def test_xml_of_a_topic_names_the_setting() -> None:
    xml = f'<?xml version="1.0" encoding="utf-8"?>\n<Notification><Message>{base64_of(TEXT)}</Message></Notification>'
    assert "NotifyContentFormat" in malformed(xml)


def test_only_four_wrappings_are_opened() -> None:
    wrapped: Any = EVENT
    for _ in range(4):
        wrapped = topic_notification(as_text(wrapped))
    assert keys(wrapped) == ["鞋/a b.jpg"]
    malformed(topic_notification(as_text(wrapped)))
    text = TEXT
    for _ in range(3):
        text = base64_of(text)
    assert keys(text) == ["鞋/a b.jpg"]
    malformed(base64_of(text))


def test_a_malformed_event_does_not_affect_others() -> None:
    message = read(as_text(notification({}, element("b.jpg")))).message
    assert [change.ref.key for change in message.changes] == ["b.jpg"]
    assert [note.reason for note in message.notes] == [Reason.EVENT_MALFORMED]


@pytest.mark.parametrize("name", ["ecs:Instance:StateChange", "actiontrail:ActionTrail:AliyunServiceEvent"])
def test_events_of_other_services_are_skipped(name: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "acs.ecs", "type": name, "data": {}}
    (note,) = read(as_text(event)).message.notes
    assert note.reason is Reason.OTHER_EVENT
    assert note.detail == "the event is from acs.ecs. Let the rule match source acs.oss"


@pytest.mark.parametrize(
    "changed",
    [
        {"source": "acs.mns", "type": "mns:Queue:SendMessage"},
        {"source": "shop.checkout"},
        {"source": "acs.oss", "type": "x"},
        {"type": 5},
        {"type": None},
    ],
)
def test_an_event_that_may_hold_a_change_is_not_skipped(changed: dict[str, Any]) -> None:
    """A message of SMQ without its body has lost something."""
    event = {"specversion": "1.0", "id": "1", "source": "acs.ecs", "type": "ecs:Instance:StateChange"}
    malformed(as_text(event | changed))
