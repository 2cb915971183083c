"""The visibility, order and limits of messages, on a manual clock."""

import threading
import time

import pytest

from local_cloud.smq.errors import SmqError
from local_cloud.smq.models import DAY, Attributes, Message, Queue
from tests.local_cloud.clocks import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def queue(clock: ManualClock) -> Queue:
    return Queue("q", clock)


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


def test_a_received_message_is_hidden_until_its_timeout(queue: Queue, clock: ManualClock) -> None:
    queue.send("one")
    (first,) = queue.receive(16)
    assert (first.dequeue_count, first.first_dequeued_at) == (1, clock.now)
    clock.now += 29
    assert queue.receive(16) == queue.peek(16) == []
    clock.now += 1
    (second,) = queue.receive(16)
    assert (second.id, second.dequeue_count, second.first_dequeued_at) == (first.id, 2, first.first_dequeued_at)
    assert second.receipt != first.receipt


def test_peeking_changes_nothing(queue: Queue) -> None:
    sent = queue.send("one")
    assert queue.peek(1) == queue.peek(1) == [sent]


def test_a_receipt_expires_with_the_visibility_timeout(queue: Queue, clock: ManualClock) -> None:
    queue.send("one")
    (held,) = queue.receive(1)
    clock.now += 30
    for use in (queue.delete, lambda receipt: queue.change_visibility(receipt, 5)):
        with pytest.raises(SmqError) as refused:
            use(held.receipt)
        assert refused.value.code == "MessageNotExist"
    (held,) = queue.receive(1)
    changed = queue.change_visibility(held.receipt, 5)
    clock.now += 4
    queue.delete(changed.receipt)
    assert queue.messages() == []


@pytest.mark.parametrize("seconds", [1, 7 * DAY])
def test_a_delayed_message_is_hidden_at_first(clock: ManualClock, seconds: int) -> None:
    queue = Queue("q", clock, Attributes(message_retention_period=7 * DAY))
    queue.send("later", seconds)
    clock.now += seconds - 0.5
    assert queue.receive(16) == []
    clock.now += 0.4
    assert queue.receive(16) == []


def test_a_delayed_message_is_received_after_its_delay(queue: Queue, clock: ManualClock) -> None:
    queue.send("later", 60)
    clock.now += 60
    assert bodies(queue.receive(16)) == ["later"]


def test_a_messages_delay_overrides_the_queues(clock: ManualClock) -> None:
    queue = Queue("q", clock, Attributes(delay_seconds=60))
    queue.send("later")
    queue.send("now", 0)
    assert bodies(queue.receive(16)) == ["now"]


def test_messages_are_ordered_by_priority_then_age(queue: Queue, clock: ManualClock) -> None:
    for body, priority in (("c", 8), ("e", 16), ("a", 1), ("d", 8), ("b", 7)):
        queue.send(body, priority=priority)
        clock.now += 1
    assert bodies(queue.receive(16)) == ["a", "b", "c", "d", "e"]


def test_an_upload_precedes_a_backfill(queue: Queue) -> None:
    """A backfill announces with the lowest priority, 16. Uploads have the default, 8."""
    for number in range(3000):
        queue.send(f"old{number}", priority=16)
    assert bodies(queue.receive(2)) == ["old0", "old1"]
    queue.send("upload")
    assert bodies(queue.receive(2)) == ["upload", "old2"]


def test_20000_messages_take_seconds(queue: Queue) -> None:
    """Measured: 4 seconds of processor time."""
    began = time.process_time()
    for number in range(20_000):
        queue.send(str(number))
    receipts: list[str] = []
    while messages := queue.receive(16, visibility_timeout=600):
        receipts += [message.receipt or "" for message in messages]
    assert len(set(receipts)) == 20_000
    for receipt in receipts:
        queue.delete(queue.change_visibility(receipt, 600).receipt or "")
    assert queue.messages() == []
    assert time.process_time() - began < 30


def test_messages_are_dropped_after_the_retention_period(clock: ManualClock) -> None:
    queue = Queue("q", clock, Attributes(message_retention_period=7 * DAY))
    queue.send("one")
    queue.send("two")
    queue.receive(1, visibility_timeout=DAY // 2)
    clock.now += 7 * DAY - 1
    assert len(queue.messages()) == 2
    clock.now += 1
    assert queue.messages() == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"visibility_timeout": 0},
        {"visibility_timeout": DAY // 2 + 1},
        {"maximum_message_size": 1023},
        {"maximum_message_size": 64 * 1024 + 1},
        {"message_retention_period": 59},
        {"message_retention_period": 7 * DAY + 1},
        {"delay_seconds": 7 * DAY + 1},
        {"polling_wait_seconds": 31},
    ],
    ids=lambda attributes: "{}={}".format(*next(iter(attributes.items()))),
)
def test_queue_attributes_beyond_the_limits_are_refused(attributes: dict[str, int]) -> None:
    with pytest.raises(SmqError, match="InvalidArgument"):
        Attributes(**attributes)


@pytest.mark.parametrize(
    "message",
    [
        {"body": ""},
        {"body": "x" * (64 * 1024 + 1)},
        {"body": "鞋" * 21_846},
        {"body": "x", "delay_seconds": 7 * DAY + 1},
        {"body": "x", "priority": 0},
        {"body": "x", "priority": 17},
    ],
    ids=["empty", "too long", "too many bytes", "delay", "low priority", "high priority"],
)
def test_a_message_beyond_the_limits_is_refused(queue: Queue, message: dict) -> None:
    with pytest.raises(SmqError) as refused:
        queue.send(**message)
    assert (refused.value.code, refused.value.status) == ("InvalidArgument", 400)
    assert queue.messages() == []


def test_the_longest_message_is_accepted(queue: Queue) -> None:
    queue.send("x" * 64 * 1024)
    assert len(queue.messages()) == 1


@pytest.mark.parametrize(("body", "text"), [("6Z6L", "鞋"), ("plain", "plain"), ("{}", "{}")])
def test_a_base64_body_is_decoded(queue: Queue, body: str, text: str) -> None:
    assert queue.send(body).text == text


def test_a_long_poll_gets_a_message_sent_meanwhile() -> None:
    queue = Queue("q", time.time)
    threading.Timer(0.1, queue.send, ["one"]).start()
    began = time.monotonic()
    assert bodies(queue.receive(16, wait_seconds=10)) == ["one"]
    assert time.monotonic() - began < 5


def test_a_long_poll_ends_without_a_message() -> None:
    began = time.monotonic()
    assert Queue("q", time.time).receive(16, wait_seconds=0.2) == []
    assert 0.2 <= time.monotonic() - began < 5
