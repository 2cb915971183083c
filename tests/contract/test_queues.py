"""The behaviour of every queue: the fakes, and the adapters for SQS and SMQ.

The adapters run against the local cloud, and in `make live` on a real account.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue, SmqRetryQueue
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.batch.ports import EventQueue, RetryQueue
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from local_cloud.aws import AwsServer
from local_cloud.smq import SmqService
from tests.live.contract_subjects import find_live
from tests.support.fakes import FakeDeadLetterQueue, FakeEventQueue, FakeRetryQueue, a_letter
from tests.support.operator_queue import peek_smq, peek_sqs
from tests.support.queues import QueueLimits
from tests.support.smq import adapter, local_smq, new_queue

LETTER = a_letter(message="鞋 \x00 cut short")


@dataclass
class Subject:
    queue: DeadLetterQueue
    letters: Callable[[], list[DeadLetter]]


@pytest.fixture(scope="module")
def smq() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture(params=["fake", "sqs", "smq"])
def subject(request: pytest.FixtureRequest, unique_name: str) -> Subject:
    live = find_live(request)
    if request.param == "fake":
        fake = FakeDeadLetterQueue()
        return Subject(fake, lambda: fake.letters)
    if request.param == "smq":
        queue = live.smq_letters() if live else _local_smq(request.getfixturevalue("smq"))
        return Subject(queue, lambda: [DeadLetter.model_validate_json(message.body) for message in peek_smq(queue)])
    client, url = live.sqs() if live else _local_sqs(request.getfixturevalue("aws"), unique_name)
    return Subject(
        SqsDeadLetterQueue(client, url),
        lambda: [DeadLetter.model_validate_json(message.body) for message in peek_sqs(client, url)],
    )


def _local_smq(service: SmqService) -> SmqDeadLetterQueue:
    return adapter(SmqDeadLetterQueue, service, new_queue(service))


def _local_sqs(aws: AwsServer, name: str, **attributes: str) -> tuple[Any, str]:
    client = aws.client("sqs")
    return client, client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def test_a_letter_arrives_as_it_was_sent(subject: Subject) -> None:
    subject.queue.send(LETTER)
    assert subject.letters() == [LETTER]


def test_reading_leaves_letters_in_the_queue(subject: Subject) -> None:
    """There are more letters than any service returns at once."""
    for number in range(20):
        subject.queue.send(LETTER.model_copy(update={"record_id": str(number)}))
    for _ in range(2):
        assert sorted(int(letter.record_id) for letter in subject.letters()) == list(range(20))


def test_the_longest_letter_keeps_what_matters(subject: Subject) -> None:
    source = Source(cloud="alibaba", bucket="shop", key="鞋" * 340, raw_key="鞋" * 340)
    long = LETTER.model_copy(update={"source": source, "message": "\x00" * 2_000, "original_event": "鞋" * 19_000})
    subject.queue.send(long)
    (letter,) = subject.letters()
    assert (letter.source, letter.code, letter.record_id) == (source, long.code, long.record_id)
    assert long.original_event.startswith(letter.original_event)
    assert letter.original_event_truncated is (letter.original_event != long.original_event)


def test_sqs_attributes_allow_filtering(aws: AwsServer, unique_name: str) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName=unique_name)["QueueUrl"]
    SqsDeadLetterQueue(client, url).send(LETTER)
    (message,) = peek_sqs(client, url)
    assert message.attributes["code"] == "corrupt_image"
    assert json.loads(message.body)["record_id"] == message.attributes["record_id"]


def test_sqs_attributes_are_printable_ascii(aws: AwsServer, unique_name: str) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName=unique_name)["QueueUrl"]
    target = LETTER.target.model_copy(update={"product_id": "鞋\x00\x1b" * 200})
    letter = LETTER.model_copy(update={"target": target, "source": Source(cloud="aws", bucket="shop", key="k")})
    SqsDeadLetterQueue(client, url).send(letter)
    (message,) = peek_sqs(client, url)
    attributes = message.attributes
    assert (attributes["class"], attributes["bucket"]) == ("permanent", "shop")
    assert attributes["product_id"].isprintable()
    assert attributes["product_id"].isascii()


def test_a_missing_queue_is_a_settings_fault(aws: AwsServer) -> None:
    with pytest.raises(IngestError) as error:
        SqsDeadLetterQueue(aws.client("sqs"), f"{aws.url}/123456789012/missing").send(LETTER)
    assert error.value.reason is Reason.SETTINGS_REFUSED


@dataclass
class Receiving:
    """An event queue, and how to send to it and receive from it. Received messages are hidden for a minute."""

    queue: EventQueue
    send: Callable[[str], object]
    receive: Callable[[], dict[str, str]]  # body -> receipt


@pytest.fixture(params=["fake", "sqs"])
def receiving(request: pytest.FixtureRequest, unique_name: str) -> Receiving:
    live = find_live(request)
    if request.param == "fake":
        fake = FakeEventQueue(limits=QueueLimits(visibility_seconds=60))
        return Receiving(fake, fake.send, lambda: {message.body: message.receipt for message in fake.receive(10)})
    minute = {"VisibilityTimeout": "60"}
    client, url = live.sqs(**minute) if live else _local_sqs(request.getfixturevalue("aws"), unique_name, **minute)

    def receive() -> dict[str, str]:
        messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return {message["Body"]: message["ReceiptHandle"] for message in messages}

    return Receiving(
        SqsEventQueue(client, url), lambda body: client.send_message(QueueUrl=url, MessageBody=body), receive
    )


def test_acked_records_vanish_and_deferred_ones_return(receiving: Receiving) -> None:
    receiving.send("one")
    receiving.send("two")
    receipts = receiving.receive()
    assert sorted(receipts) == ["one", "two"]
    receiving.queue.ack(receipts["one"])
    receiving.queue.defer(receipts["two"], 600)
    assert receiving.receive() == {}
    receiving.queue.defer(receipts["two"], 0)
    assert list(receiving.receive()) == ["two"]


@dataclass
class Retrying:
    queue: RetryQueue
    sent: Callable[[], list[tuple[str, int]]]


@pytest.fixture(params=["fake", "smq"])
def retrying(request: pytest.FixtureRequest, smq: SmqService) -> Retrying:
    if request.param == "fake":
        fake = FakeRetryQueue()
        return Retrying(fake, lambda: fake.sent)
    name = new_queue(smq)
    return Retrying(
        adapter(SmqRetryQueue, smq, name),
        lambda: [(message.text, round(message.visible_at - message.enqueued_at)) for message in smq.messages(name)],
    )


def test_a_requeued_record_returns_unchanged_and_in_time(retrying: Retrying) -> None:
    retrying.queue.requeue('{"key": "鞋 & <b>.jpg"}', 0)
    retrying.queue.requeue(" \r\n\t", 1800)
    assert retrying.sent() == [('{"key": "鞋 & <b>.jpg"}', 0), (" \r\n\t", 1800)]
