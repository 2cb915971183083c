"""The order, the visibility and the limits of standard queues."""

import random
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import sqs_backends

from local_cloud.sqs import queue as queue_module
from local_cloud.sqs.models import LocalSqsBackend
from local_cloud.sqs.queue import MessageNotInflight, StandardQueue
from local_cloud.triggers.event_source import EventSource
from tests.local_cloud.sqs.conftest import Queues


@pytest.fixture
def backend() -> LocalSqsBackend:
    backend = LocalSqsBackend("us-east-1", "123456789012")
    backend.create_queue("q")
    return backend


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time in seconds, which a test moves. moto's own clock runs on."""
    seconds = [time.time()]
    monkeypatch.setattr(time, "time", lambda: seconds[0])
    return seconds


def receive(backend: LocalSqsBackend, limit: int = 10, seconds: int = 600) -> list[str]:
    return [message.body for message in backend.receive_message("q", limit, 0, seconds)]


def send(backend: LocalSqsBackend, *bodies: str, group: str | None = None) -> None:
    for body in bodies:
        backend.send_message("q", body, group_id=group)


def numbered(name: str, count: int) -> list[str]:
    return [f"{name}{number}" for number in range(count)]


def test_the_oldest_message_comes_first(backend: LocalSqsBackend) -> None:
    send(backend, *"abcd")
    assert receive(backend, 2, seconds=0) == ["a", "b"]
    assert receive(backend, 3) == ["a", "b", "c"]
    assert receive(backend) == ["d"]


def test_an_upload_precedes_a_backfill(backend: LocalSqsBackend) -> None:
    send(backend, *numbered("old", 3000), group="backfill")
    assert receive(backend) == numbered("old", 10)
    send(backend, "upload")
    assert receive(backend, 3) == ["upload", "old10", "old11"]


def test_a_group_below_thirty_is_quiet(backend: LocalSqsBackend) -> None:
    send(backend, *numbered("old", 29), group="backfill")
    send(backend, "upload")
    assert receive(backend, 1) == ["old0"]
    send(backend, "old29", group="backfill")
    send(backend, "old30", group="backfill")
    assert receive(backend, 1) == ["upload"]


def test_a_group_with_a_tenth_of_the_messages_is_quiet(backend: LocalSqsBackend) -> None:
    for number in range(10):
        send(backend, *numbered(f"{number}-", 100), group=str(number))
    assert receive(backend, 1) == ["0-0"]
    send(backend, *numbered("more", 2), group="0")
    assert receive(backend, 1) == ["1-0"]


def test_messages_without_a_group_are_never_noisy(backend: LocalSqsBackend) -> None:
    send(backend, *numbered("a", 1000))
    send(backend, "b", group="shop")
    assert receive(backend, 2) == ["a0", "a1"]


def test_the_noisy_group_with_the_fewest_in_flight_comes_first(backend: LocalSqsBackend) -> None:
    send(backend, *numbered("a", 100), group="a")
    assert receive(backend, 6) == numbered("a", 6)
    send(backend, *numbered("b", 100), group="b")
    assert receive(backend, 10) == [*numbered("b", 6), "a6", "b6", "a7", "b7"]


def test_a_noisy_group_becomes_quiet_again(backend: LocalSqsBackend) -> None:
    send(backend, *numbered("old", 40), group="backfill")
    held = backend.receive_message("q", 10, 0, 600)
    send(backend, "upload")
    assert receive(backend, 1, seconds=0) == ["upload"]
    for message in [*held, *backend.receive_message("q", 2, 0, 600)][:11]:
        backend.delete_message("q", str(message.receipt_handle))
    assert receive(backend, 1) == ["old11"]  # 29 are left, older than the upload


def test_every_message_of_a_mixture_is_received_once(backend: LocalSqsBackend) -> None:
    groups = [None, "a", "b", *map(str, range(40))]
    for number in range(2000):
        send(backend, str(number), group=groups[(number * number) % 43])
    received: list[str] = []
    while more := receive(backend, 7):
        received += more
    assert Counter(received) == Counter(map(str, range(2000)))


def test_an_upload_is_delivered_within_one_batch(queues: Queues) -> None:
    """Through HTTP, and Lambda's event source: while it works on one batch, an upload joins the next."""
    queues.send(queues.other, *numbered("old", 3000), MessageGroupId="backfill")
    batches: list[list[str]] = []
    done = threading.Event()

    def invoke(event: Any) -> dict[str, Any]:
        batches.append([record["body"] for record in event["Records"]])
        if len(batches) == 5:
            queues.send(queues.other, "upload")
        if len(batches) == 7:
            done.set()
        return {"batchItemFailures": []}

    source = EventSource(queues.client, queues.other, queues.arn(queues.other), invoke, concurrency=1, batch_size=25)
    source.start()
    assert done.wait(30)
    source.stop()
    source.join()
    assert batches[5][0] == "upload"
    assert [len(batch) for batch in batches[:7]] == [25] * 7


def test_a_message_returns_after_its_visibility_timeout(backend: LocalSqsBackend, now: list[float]) -> None:
    send(backend, *"ab")
    assert receive(backend, 1, seconds=30) == ["a"]
    now[0] += 29
    assert receive(backend, 1, seconds=30) == ["b"]
    now[0] += 1
    (again,) = backend.receive_message("q", 10, 0, 30)
    assert (again.body, again.approximate_receive_count) == ("a", 2)


def test_the_first_receive_is_remembered(backend: LocalSqsBackend, now: list[float]) -> None:
    send(backend, "a")
    first = int(now[0] * 1000)
    for count in (1, 2, 3):
        (received,) = backend.receive_message("q", 1, 0, 60)
        assert (received.approximate_receive_count, received.approximate_first_receive_timestamp) == (count, first)
        now[0] += 60


def test_visibility_is_changed_from_now_on(backend: LocalSqsBackend, now: list[float]) -> None:
    send(backend, "a")
    (held,) = backend.receive_message("q", 1, 0, 30)
    backend.change_message_visibility("q", str(held.receipt_handle), 100)
    now[0] += 99
    assert receive(backend) == []
    backend.change_message_visibility("q", str(held.receipt_handle), 0)
    assert receive(backend) == ["a"]


def test_a_message_is_hidden_for_twelve_hours_at_most(queues: Queues) -> None:
    queues.send(queues.other, "a")
    (held,) = queues.receive(queues.other)
    time.sleep(0.01)
    with pytest.raises(ClientError, match="beyond the limit"):
        queues.client.change_message_visibility(
            QueueUrl=queues.other, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=43_200
        )


def test_an_old_message_can_be_hidden(backend: LocalSqsBackend, now: list[float]) -> None:
    """The twelve hours count from the receive, not from the time when the message was sent."""
    send(backend, "a")
    now[0] += timedelta(days=3).total_seconds()
    (held,) = backend.receive_message("q", 1, 0, 30)
    backend.change_message_visibility("q", str(held.receipt_handle), 6 * 3600)
    assert receive(backend) == []


def test_a_message_leaves_at_the_end_of_its_retention(backend: LocalSqsBackend, now: list[float]) -> None:
    backend.set_queue_attributes("q", {"MessageRetentionPeriod": "1209600"})
    send(backend, "a")
    now[0] += 1_209_598
    assert receive(backend, seconds=0) == ["a"]
    now[0] += 3
    assert receive(backend) == []
    assert backend.get_queue_attributes("q", ["ApproximateNumberOfMessages"]) == {"ApproximateNumberOfMessages": 0}


def test_a_delayed_message_waits(backend: LocalSqsBackend, now: list[float]) -> None:
    backend.send_message("q", "later", delay_seconds=60)
    assert receive(backend) == []
    counts = backend.get_queue_attributes(
        "q", ["ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"]
    )
    assert counts == {"ApproximateNumberOfMessagesDelayed": 1, "ApproximateNumberOfMessagesNotVisible": 0}
    now[0] += 61
    assert receive(backend) == ["later"]


def test_messages_are_counted(queues: Queues) -> None:
    queues.send(queues.other, *"abcde")
    queues.receive(queues.other, limit=2)
    attributes = queues.client.get_queue_attributes(QueueUrl=queues.other, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "3"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "2"


def test_too_many_messages_in_flight(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short poll is refused, and a long poll returns nothing (SQS developer guide, visibility timeout)."""
    monkeypatch.setattr(queue_module, "MAX_IN_FLIGHT", 3)
    queues.send(queues.other, *"abcde")
    held = [queues.receive(queues.other, limit=1)[0] for _ in range(3)]
    with pytest.raises(queues.client.exceptions.OverLimit):
        queues.receive(queues.other)
    assert "Messages" not in queues.client.receive_message(QueueUrl=queues.other, WaitTimeSeconds=1)
    queues.client.delete_message(QueueUrl=queues.other, ReceiptHandle=held[0]["ReceiptHandle"])
    assert [message["Body"] for message in queues.receive(queues.other)] == ["d"]


def test_a_long_poll_ends_with_the_first_message(queues: Queues) -> None:
    timer = threading.Timer(0.3, lambda: queues.send(queues.other, "a"))
    timer.start()
    began = time.monotonic()
    response = queues.client.receive_message(QueueUrl=queues.other, WaitTimeSeconds=20)
    assert (response["Messages"][0]["Body"], time.monotonic() - began < 10) == ("a", True)
    timer.join()


def test_a_long_poll_notices_a_message_that_returns(queues: Queues) -> None:
    queues.send(queues.other, "a")
    queues.receive(queues.other, seconds=1)
    response = queues.client.receive_message(QueueUrl=queues.other, WaitTimeSeconds=20)
    assert response["Messages"][0]["Body"] == "a"


def test_receipts_stay_valid_and_may_be_used_twice(queues: Queues) -> None:
    queues.send(queues.other, "a")
    first, second = queues.receive(queues.other, seconds=0), queues.receive(queues.other)
    for message in (*first, *second, *second):
        queues.client.delete_message(QueueUrl=queues.other, ReceiptHandle=message["ReceiptHandle"])
    for wrong in ("x", ""):
        with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
            queues.client.delete_message(QueueUrl=queues.other, ReceiptHandle=wrong)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        queues.client.change_message_visibility(
            QueueUrl=queues.other, ReceiptHandle=second[0]["ReceiptHandle"], VisibilityTimeout=1
        )


@pytest.mark.parametrize(
    "given",
    [
        {"MessageGroupId": "a b"},
        {"MessageGroupId": "ü"},
        {"MessageGroupId": "x" * 129},
        {"MessageDeduplicationId": "x"},
        {"DelaySeconds": 901},
        {"DelaySeconds": -1},
    ],
    ids=str,
)
def test_a_wrong_message_is_refused(queues: Queues, given: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queues.client.send_message(QueueUrl=queues.other, MessageBody="a", **given)
    assert queues.bodies(queues.other) == []


def test_a_visible_message_cannot_be_hidden(queues: Queues) -> None:
    """A reader that is too late must notice it: others may have received the message since."""
    queues.send(queues.other, "a")
    (held,) = queues.receive(queues.other, seconds=0)
    change = {"ReceiptHandle": held["ReceiptHandle"], "VisibilityTimeout": 30}
    with pytest.raises(queues.client.exceptions.MessageNotInflight):
        queues.client.change_message_visibility(QueueUrl=queues.other, **change)
    batch = queues.client.change_message_visibility_batch(QueueUrl=queues.other, Entries=[{"Id": "1"} | change])
    assert [failed["Id"] for failed in batch["Failed"]] == ["1"]
    assert queues.bodies(queues.other) == ["a"]


def test_a_purged_queue_is_empty(queues: Queues) -> None:
    queues.send(queues.other, *"abc", MessageGroupId="shop")
    queues.receive(queues.other, limit=1, seconds=0)
    queues.client.purge_queue(QueueUrl=queues.other)
    assert queues.bodies(queues.other) == []


def test_fifo_queues_are_motos(queues: Queues) -> None:
    url = queues.client.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    queues.client.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    (message,) = queues.receive(url)
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("a", "g")
    queues.client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    queues.client.purge_queue(QueueUrl=url)
    assert queues.receive(url) == []
    with pytest.raises(queues.client.exceptions.UnsupportedOperation):
        queues.client.start_message_move_task(SourceArn=queues.arn(url))


def test_a_queue_created_twice_is_one_queue(queues: Queues) -> None:
    assert queues.client.create_queue(QueueName="other")["QueueUrl"] == queues.other
    with pytest.raises(queues.client.exceptions.QueueNameExists):
        queues.client.create_queue(QueueName="other", Attributes={"VisibilityTimeout": "77"})


@pytest.mark.usefixtures("queues")
def test_moto_uses_these_queues() -> None:
    assert isinstance(sqs_backends["123456789012"]["us-east-1"].queues["ingest"], StandardQueue)


@pytest.mark.parametrize("groups", [[None], ["a"], ["a", "b", "c", "d"], [str(n) for n in range(500)]], ids=len)
def test_20000_messages_take_linear_time(backend: LocalSqsBackend, groups: list[str | None]) -> None:
    """Measured: about a second of processor time. With moto's queue it is many minutes."""
    began = time.process_time()
    for number in range(20_000):
        send(backend, str(number), group=groups[number % len(groups)])
    receipts: list[str] = []
    while messages := backend.receive_message("q", 10, 0, 600):
        receipts += [str(message.receipt_handle) for message in messages]
    assert len(set(receipts)) == 20_000
    for seconds in (600, 0):
        for receipt in receipts:
            backend.change_message_visibility("q", receipt, seconds)
    for receipt in receipts:
        backend.delete_message("q", receipt)
    assert receive(backend) == []
    assert time.process_time() - began < 15


class PlainQueue:
    """The same queue, written down as a list that each request searches."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def receive(self, limit: int, now: float, seconds: int) -> list[str]:
        held = Counter(one["group"] for one in self.messages)
        noisy = {group for group, number in held.items() if group and number >= 30 and number > len(self.messages) / 10}
        bodies: list[str] = []
        visible = [one for one in self.messages if one["until"] <= now]
        while visible and len(bodies) < limit:
            flying = Counter(one["group"] for one in self.messages if one["until"] > now or one["body"] in bodies)
            # The rank of a noisy group is its number in flight; a group without a rank is quiet.
            first = min(
                visible, key=lambda one: (one["group"] in noisy, one["group"] in noisy and flying[one["group"]])
            )
            visible.remove(first)
            first["taken"] = True
            bodies.append(first["body"])
        for one in self.messages:
            if one["body"] in bodies:
                one["until"] = now + seconds
        return bodies

    def delete(self, body: str) -> None:
        self.messages = [one for one in self.messages if one["body"] != body]


@pytest.mark.parametrize("seed", range(5))
def test_the_queue_behaves_like_a_plain_list(backend: LocalSqsBackend, now: list[float], seed: int) -> None:
    rng, plain, receipts = random.Random(seed), PlainQueue(), {}
    for step in range(800):
        now[0] += rng.choice([0, 0, 1, 5])
        match rng.choice(["send", "send", "send", "receive", "receive", "delete", "hide", "show"]):
            case "send":
                group = rng.choice([None, "a", "a", "b"])
                send(backend, str(step), group=group)
                plain.messages.append({"body": str(step), "group": group, "until": 0})
            case "receive":
                limit, seconds = rng.randint(1, 10), rng.choice([1, 30, 300])
                received = backend.receive_message("q", limit, 0, seconds)
                assert [message.body for message in received] == plain.receive(limit, now[0], seconds)
                receipts |= {message.body: str(message.receipt_handle) for message in received}
            case action if receipts:
                body = rng.choice(sorted(receipts))
                if action == "delete":
                    backend.queues["q"].delete_message(receipts.pop(body))
                    plain.delete(body)
                else:
                    (changed,) = [one for one in plain.messages if one["body"] == body]
                    seconds = 100 if action == "hide" else 0
                    if changed["until"] > now[0]:
                        backend.change_message_visibility("q", receipts[body], seconds)
                        changed["until"] = now[0] + seconds
                    else:
                        with pytest.raises(MessageNotInflight):
                            backend.change_message_visibility("q", receipts[body], seconds)
        counts = backend.get_queue_attributes(
            "q", ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )
        hidden = sum(one["until"] > now[0] for one in plain.messages)
        assert list(counts.values()) == [len(plain.messages) - hidden, hidden]
