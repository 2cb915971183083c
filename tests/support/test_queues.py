"""The fake queues hide, order and give up messages as the real ones do."""

import random

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support.fakes import FakeEventQueue, FakeRetryQueue
from tests.support.queues import DAY, QueueLimits


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def queue(time: Time) -> FakeEventQueue:
    return FakeEventQueue(time, limits=QueueLimits(visibility_seconds=30, retention_seconds=1000, max_receives=2))


def test_acked_message_is_gone(queue: FakeEventQueue, time: Time) -> None:
    queue.send("one")
    (message,) = queue.receive(10)
    assert queue.receive(10) == []
    queue.ack(message.receipt)
    time.seconds = 31
    assert (queue.receive(10), queue.size, queue.acked) == ([], 0, [message.receipt])


def test_deferred_message_comes_back_later(queue: FakeEventQueue, time: Time) -> None:
    queue.send("one")
    (message,) = queue.receive(10)
    receipt = message.receipt
    queue.defer(receipt, 60)
    assert (queue.deferred, queue.seconds_until_visible()) == ({receipt: 60}, 60)
    time.seconds = 59
    assert queue.receive(10) == []
    time.seconds = 60
    assert [(message.body, message.receives) for message in queue.receive(10)] == [("one", 2)]
    assert queue.deferred == {}


def test_old_receipt_defers_nothing(queue: FakeEventQueue, time: Time) -> None:
    queue.send("one")
    old = queue.receive(1)[0].receipt
    time.seconds = 30
    queue.receive(1)
    queue.defer(old, 900)
    assert queue.seconds_until_visible() == 30


def test_message_is_redriven_after_its_receives(queue: FakeEventQueue, time: Time) -> None:
    queue.send("one")
    for seconds in (0, 30, 60):
        time.seconds = seconds
        queue.receive(1)
    assert [message.body for message in queue.redriven] == ["one"]
    assert (queue.size, queue.highest_receive_count) == (0, 2)


def test_message_expires_at_its_age(queue: FakeEventQueue, time: Time) -> None:
    queue.send("one")
    time.seconds = 1000
    assert queue.receive(1) == []
    assert [message.body for message in queue.expired] == ["one"]


def test_scripted_fault_changes_nothing(queue: FakeEventQueue) -> None:
    queue.send("one")
    (message,) = queue.receive(1)
    queue.faults.script("ack", IngestError(Reason.NETWORK, "down"))
    with pytest.raises(IngestError):
        queue.ack(message.receipt)
    assert (queue.size, queue.acked) == (1, [])


def test_requeued_message_waits_its_seconds(time: Time) -> None:
    queue = FakeRetryQueue(time)
    queue.requeue("later", 900)
    queue.send("now")
    assert [message.body for message in queue.receive(16)] == ["now"]
    time.seconds = 900
    assert [message.body for message in queue.receive(16)] == ["later"]
    time.seconds = 6 * DAY
    assert queue.receive(16) == []
    assert queue.size == 2


@pytest.mark.parametrize(("kind", "reach"), [(FakeEventQueue, 100), (FakeRetryQueue, 8)])
def test_random_receives_stay_within_reach(kind: type, reach: int) -> None:
    queue = kind(rng=random.Random(1))
    for number in range(100):
        queue.send(str(number))
    places = [int(message.body) for message in queue.receive(100)]
    assert sorted(places) == list(range(100))
    assert places != sorted(places)
    assert all(place < taken + reach for taken, place in enumerate(places))
