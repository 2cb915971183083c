"""Any payload yields one record per message, or raises ``ValueError``."""

import json
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagesearch_ingest.events import EventRecord, parse_fc_event, write_retry_message
from tests.support.oss_events import as_text, base64_of, bridged, element, message, notification, topic_notification

NOW = "2026-01-12T09:30:00.123+00:00"
NAMES = [
    *("events", "data", "messageBody", "messageId", "id", "source", "type", "oss", "object", "bucket", "name", "key"),
    *("eTag", "size", "eventName", "eventSource", "eventVersion", "eventTime", "versionId", "TopicName", "Message"),
    *(
        "imagesearch_ingest",
        "receives",
        "first_received_at",
        "message",
        "look_at",
        "why",
        "run",
        "replay",
        "count",
        "of",
    ),
    *("schema_version", "record_id", "original_event", "cloud", "code", "key_redacted", "original_event_truncated"),
]
WORDS = ["acs:oss", "acs.oss", "1.0", "ObjectCreated:PutObject", "oss:BucketCreated:PutBucket", "a.jpg", "\ud800", "鞋"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=5)
        | inner.map(json.dumps)
        | inner.map(lambda content: base64_of(json.dumps(content)))
    ),
    max_leaves=25,
)


def announcement(bucket: Any, key: Any) -> dict[str, Any]:
    return {"imagesearch_ingest": {"look_at": {"bucket": bucket, "key": key}, "why": "backfill"}}


def letter(source: Any, original: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "record_id": "x",
        "code": "y",
        "source": source,
        "original_event": json.dumps(original),
    }


# Events of the documented shape with arbitrary values.
ANY_ELEMENT = st.builds(element, ANY_JSON, ANY_JSON, eTag=ANY_JSON, size=ANY_JSON, versionId=ANY_JSON)
ANY_EVENT = st.one_of(
    st.builds(notification, ANY_ELEMENT, ANY_JSON),
    st.builds(bridged, data=ANY_ELEMENT | ANY_JSON, type=ANY_JSON, time=ANY_JSON),
    st.builds(message, ANY_JSON, ANY_JSON),
    st.builds(announcement, ANY_JSON, ANY_JSON),
    st.builds(letter, ANY_JSON, ANY_JSON),
    ANY_JSON,
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(lambda key: key[-1] != "/")
BODIES = {
    "text": as_text,
    "base64": lambda content: base64_of(as_text(content)),
    "object": lambda content: content,
    "topic": lambda content: as_text(topic_notification(base64_of(as_text(content)))),
}
ELEMENTS = {"object": lambda event: event, "text": json.dumps, "array": lambda event: [event]}


def is_sound(record: EventRecord) -> bool:
    """Check what the batch, the log and the queue rely on."""
    json.dumps(write_retry_message(record, NOW)).encode()
    return bool(record.message_id and record.receipt is None and (record.changes or record.notes))


@given(st.text() | ANY_EVENT.map(json.dumps) | st.lists(ANY_EVENT, max_size=4).map(json.dumps))
def test_no_payload_raises_anything_but_value_error(payload: str) -> None:
    try:
        records = parse_fc_event(payload)
    except ValueError:
        return
    assert all(is_sound(record) for record in records)


@given(st.binary() | ANY_EVENT.map(json.dumps).map(str.encode))
def test_no_bytes_raise_anything_but_value_error(payload: bytes) -> None:
    try:
        assert isinstance(parse_fc_event(payload), list)
    except ValueError:
        return


@pytest.mark.parametrize("element_form", ELEMENTS)
@given(bodies=st.lists(ANY_EVENT, max_size=4))
def test_every_message_of_a_stream_is_one_record(element_form: str, bodies: list[Any]) -> None:
    stream = [ELEMENTS[element_form](message(body, f"M{number}")) for number, body in enumerate(bodies)]
    records = parse_fc_event(json.dumps(stream))
    assert [record.message_id for record in records] == [f"M{number}" for number in range(len(bodies))]


@pytest.mark.parametrize("element_form", ELEMENTS)
@pytest.mark.parametrize("body_form", BODIES)
@given(keys=st.lists(KEYS, min_size=1, max_size=3))
@example(["red shoes/鞋/100% a+b %41 👟.jpg", "caf\u00e9.jpg", "cafe\u0301.jpg", 'a"\\b.jpg', "a\tb\n.jpg"])
def test_every_key_survives_every_form(body_form: str, element_form: str, keys: list[str]) -> None:
    wrapped = (ELEMENTS[element_form](message(BODIES[body_form](notification(element(key))))) for key in keys)
    records = parse_fc_event(as_text(list(wrapped)).encode())
    assert [[change.ref.key for change in record.changes] for record in records] == [[key] for key in keys]


@pytest.mark.parametrize("wrap", [partial(message, message_id="M2"), json.dumps], ids=["object", "element"])
@given(body=ANY_EVENT, times=st.integers(1, 5))
def test_a_retry_message_has_the_same_content(wrap: Any, body: Any, times: int) -> None:
    """A message in an envelope is an exception: its count may not be trusted twice."""
    (first,) = parse_fc_event(json.dumps([message(body)]))
    record = first
    for _ in range(times):
        (record,) = parse_fc_event(json.dumps([wrap(json.loads(write_retry_message(record, NOW)))]))
    if "envelope" in "".join(note.detail for note in (*first.notes, *record.notes)):
        return
    assert (record.changes, record.notes, record.body) == (first.changes, first.notes, first.body)
    assert record.receive_count == first.receive_count + times
    assert datetime.fromisoformat(record.first_received_at)


def test_at_every_depth_a_message_is_one_record() -> None:
    """At some depth the parser fails, at another depth the writer."""
    for depth in range(1, 1200):
        deep = "[" * depth + "]" * depth
        body = as_text(notification(element(xVars="DEEP"))).replace('"DEEP"', deep)
        event = as_text(message("BODY")).replace('"BODY"', body)
        records = parse_fc_event(f"[{event},{event}]")
        assert len(records) == 2
        assert all(is_sound(record) for record in records)
