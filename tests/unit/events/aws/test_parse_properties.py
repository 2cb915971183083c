"""Any event of Lambda yields records, or raises ``ValueError``."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.events import parse_lambda_event
from tests.support.aws_events import bridged, s3_notification, s3_record, sns_event, sns_notification, sqs_message

NAMES = [
    *("Records", "eventSource", "EventSource", "Sns", "body", "attributes", "messageId", "receiptHandle", "Type"),
    *("Message", "Event", "source", "detail-type", "detail", "bucket", "name", "object", "key", "s3", "eventVersion"),
    *("imagesearch_ingest", "look_at", "why", "run", "replay", "schema_version", "record_id", "code", "cloud"),
    *("original_event", "original_event_truncated", "key_redacted", "tasks", "invocationSchemaVersion", "id"),
]
WORDS = [
    "aws:sqs",
    "aws:s3",
    "aws:sns",
    "aws.s3",
    "aws",
    "Object Created",
    "Notification",
    "a.jpg",
    "\ud800",
    "backfill",
]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=5)
        | inner.map(json.dumps)
    ),
    max_leaves=25,
)
ANY_CONTENT = st.one_of(
    st.builds(s3_notification, st.builds(s3_record, ANY_JSON, ANY_JSON, size=ANY_JSON, eTag=ANY_JSON), ANY_JSON),
    st.builds(bridged, detail=ANY_JSON, **{"detail-type": ANY_JSON, "source": ANY_JSON}),
    st.builds(sns_notification, ANY_JSON),
    st.builds(lambda key: {"imagesearch_ingest": {"look_at": key, "why": "backfill"}}, ANY_JSON),
    st.builds(lambda source: {"schema_version": 1, "record_id": "x", "code": "y", "source": source}, ANY_JSON),
    ANY_JSON,
)
ANY_MESSAGE = (
    st.builds(sqs_message, ANY_CONTENT)
    | st.builds(
        sqs_message, ANY_CONTENT, attributes=ANY_JSON, body=ANY_JSON, messageId=ANY_JSON, receiptHandle=ANY_JSON
    )
    | ANY_JSON
)


@given(ANY_CONTENT | st.lists(ANY_MESSAGE, max_size=3) | st.builds(sns_event, ANY_CONTENT))
def test_no_event_raises_anything_but_value_error(event: Any) -> None:
    try:
        records = parse_lambda_event(event)
    except ValueError:
        return
    assert all(record.changes or record.notes for record in records)
    assert all(json.dumps(record.body).isascii() for record in records)


@given(st.lists(ANY_MESSAGE, max_size=4))
def test_every_message_of_a_batch_is_one_record(messages: list[Any]) -> None:
    good = sqs_message(s3_notification(s3_record()))
    try:
        records = parse_lambda_event({"Records": [good, *messages]})
    except ValueError:  # records of several sources
        return
    assert len(records) == len(messages) + 1
    assert len(records[0].changes) == 1
    assert all(record.changes or record.notes for record in records)
