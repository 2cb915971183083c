"""Reading a queue shows each message once and leaves all of them in the queue."""

import time
from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ops.queue_readers import peek_smq, peek_sqs
from local_cloud.smq import SmqService
from tests.support.smq import adapter, local_smq, new_queue


@pytest.fixture(scope="module")
def smq() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


class EndlessQueue:
    """An SQS client whose messages come back into view before all of them are read."""

    def __init__(self) -> None:
        self.put_back: list[tuple[str, int]] = []

    def receive_message(self, **_: object) -> dict:
        return {"Messages": [{"MessageId": "1", "ReceiptHandle": "r"}, {"MessageId": "2", "ReceiptHandle": "s"}]}

    def change_message_visibility_batch(self, *, Entries: list[dict], **_: object) -> None:  # noqa: N803 - SQS's name
        self.put_back += [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries]


def test_sqs_messages_that_come_back_are_shown_once() -> None:
    client = EndlessQueue()
    assert [message["MessageId"] for message in peek_sqs(client, "url")] == ["1", "2"]
    assert client.put_back == [("r", 0), ("s", 0)]


def test_an_interrupted_reading_of_sqs_puts_messages_back() -> None:
    client = EndlessQueue()
    next(reading := peek_sqs(client, "url"))
    reading.close()
    assert client.put_back == [("r", 0), ("s", 0)]


def test_an_empty_smq_queue_shows_nothing(smq: SmqService) -> None:
    assert list(peek_smq(adapter(SmqQueue, smq, new_queue(smq)), wait_seconds=0)) == []


def test_foreign_smq_messages_are_shown_as_they_are(smq: SmqService) -> None:
    name = new_queue(smq)
    for body in ("plain {text}", "bm8gVVRGLTg6IP8=", "eyJhIjogMX0="):
        smq.queue(name).send(body)
    shown = [message["Body"] for message in peek_smq(adapter(SmqQueue, smq, name), wait_seconds=0)]
    assert shown == ["plain {text}", "bm8gVVRGLTg6IP8=", '{"a": 1}']


def test_smq_messages_that_come_back_are_shown_once(smq: SmqService) -> None:
    """A message is back after a second, and is received a second time before the last ones are."""
    name = new_queue(smq, visibility_timeout=1)
    for number in range(20):
        smq.queue(name).send(str(number))
    shown = []
    for message in peek_smq(adapter(SmqQueue, smq, name), wait_seconds=0):
        shown.append(message["Body"])
        time.sleep(0.08)
    assert sorted(shown) == sorted(set(shown))
    assert len(smq.messages(name)) == 20


def test_an_interrupted_reading_of_smq_puts_messages_back(smq: SmqService) -> None:
    name = new_queue(smq, visibility_timeout=600)
    smq.queue(name).send("one")
    next(reading := peek_smq(adapter(SmqQueue, smq, name)))
    reading.close()
    (message,) = smq.messages(name)
    assert message.visible_at - time.time() < 2
