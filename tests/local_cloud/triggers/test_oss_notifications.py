import base64
import json
import time
from typing import Any

import pytest

from local_cloud.smq import Queue
from local_cloud.triggers.oss_notifications import EVENTS, NotificationRule


def event(name: str = "ObjectCreated:PutObject", key: str = "鞋/a b+1.jpg") -> dict[str, Any]:
    return {"eventName": name, "oss": {"bucket": {"name": "shop"}, "object": {"key": key}}}


@pytest.fixture
def queue() -> Queue:
    return Queue("ingest", time.time)


def test_a_message_is_a_base64_list_of_events(queue: Queue) -> None:
    sent = NotificationRule(queue, "shop").notify(event())
    assert [message.body for message in queue.messages()] == [sent.body]
    assert json.loads(base64.b64decode(sent.body, validate=True)) == {"events": [event()]}


@pytest.mark.parametrize("name", EVENTS)
def test_every_change_of_an_object_is_notified(queue: Queue, name: str) -> None:
    assert NotificationRule(queue, "shop").notify(event(name))


@pytest.mark.parametrize(
    "name", ["ObjectCreated:UploadPart", "ObjectCreated:InitiateMultipartUpload", "ObjectRemoved:AbortMultipartUpload"]
)
def test_an_unfinished_upload_is_not_notified(queue: Queue, name: str) -> None:
    assert NotificationRule(queue, "shop").notify(event(name)) is None
    assert queue.messages() == []


@pytest.mark.parametrize(
    ("key", "announced"),
    [("in/a.jpg", True), ("in/a.png", False), ("out/a.jpg", False), ("in.jpg", False)],
)
def test_a_rule_matches_prefix_and_suffix(queue: Queue, key: str, *, announced: bool) -> None:
    rule = NotificationRule(queue, "shop", prefix="in/", suffix=".jpg")
    assert bool(rule.notify(event(key=key))) is announced
    assert len(queue.messages()) == announced


def test_another_bucket_is_not_notified(queue: Queue) -> None:
    assert NotificationRule(queue, "other").notify(event()) is None
