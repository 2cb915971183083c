"""The batches, the retries and the deletions of an event stream."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from local_cloud.runtimes.function import FunctionError
from local_cloud.smq import Queue
from local_cloud.smq.models import DAY, Attributes
from local_cloud.triggers.event_stream import EventStream, RunOptions, generate_waits

FAST = 0.0005  # makes a retry wait of 10 to 20 s last 5 to 10 ms


class Function:
    """A function that records its events. ``fails`` decides for each event whether it raises."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.fails: Callable[[Any], bool] = lambda _: False
        self.queue: Queue | None = None
        self.kept: list[int] = []

    def __call__(self, event: bytes) -> None:
        content = json.loads(event)
        self.events.append(content)
        if self.queue:
            self.kept.append(len(self.queue.messages()))
        if self.fails(content):
            raise FunctionError("it failed", kind="ValueError", trace="Traceback")

    def bodies(self) -> list[list[str]]:
        return [[event["data"]["messageBody"] for event in events] for events in self.events]


@pytest.fixture
def queue() -> Queue:
    return Queue("ingest", time.time, Attributes(message_retention_period=7 * DAY))


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def run(queue: Queue, function: Function) -> Iterator[Callable[..., EventStream]]:
    """Return a function that starts a stream. It is stopped after the test."""
    with ExitStack() as stack:

        def start(dead_letters: Queue | None = None, **options: Any) -> EventStream:
            chosen = RunOptions(**{"time_scale": FAST} | options)
            stream = EventStream(queue, function, chosen, dead_letters=dead_letters, rng=random.Random(1))
            stack.callback(stream.join)
            stack.callback(stream.stop)
            stream.start()
            return stream

        yield start


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met within 20 s"
        time.sleep(0.005)


def send(queue: Queue, *bodies: str) -> None:
    for body in bodies:
        queue.send(body)


def test_a_batch_is_deleted_after_the_function_returns(queue, function, run) -> None:
    function.queue = queue
    send(queue, "a", "eyJiIjogMX0=", "c")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", '{"b": 1}', "c"]]
    assert function.kept == [3]


def test_a_message_becomes_a_cloud_event(queue, function, run) -> None:
    sent = queue.send("eA==")
    run(base64_decode=False)
    until(lambda: not queue.messages())
    ((event,),) = function.events
    assert event["data"].keys() == {"requestId", "messageId", "messageBody"}
    assert (event["data"]["messageId"], event["data"]["messageBody"]) == (sent.id, "eA==")
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "acs:mns", "mns:Queue:SendMessage")
    assert event["subject"].endswith(":queues/ingest")


def test_an_event_driven_trigger_gets_single_events(queue, function, run) -> None:
    send(queue, "a", "b")
    run(mode="event-driven", count_window=10)
    until(lambda: not queue.messages())
    assert [event["data"]["messageBody"] for event in function.events] == ["a", "b"]


def test_a_batch_is_limited_by_its_count_window(queue, function, run) -> None:
    send(queue, *map(str, range(50)))
    run(count_window=20)
    until(lambda: not queue.messages())
    assert [len(events) for events in function.events] == [20, 20, 10]


def test_an_upload_is_delivered_within_one_batch_of_a_backfill(queue) -> None:
    """A backfill announces with the lowest priority, 16. While one batch is worked on, an upload joins the next."""
    for number in range(3000):
        queue.send(f"old{number}", priority=16)
    batches: list[list[str]] = []

    def invoke(event: bytes) -> None:
        batches.append([one["data"]["messageBody"] for one in json.loads(event)])
        if len(batches) == 5:
            queue.send("upload")

    stream = EventStream(queue, invoke, RunOptions(count_window=20))
    stream.start()
    until(lambda: len(batches) >= 7)
    stream.stop()
    stream.join()
    assert batches[5] == ["upload", *(f"old{number}" for number in range(100, 119))]


def test_a_batch_waits_for_its_time_window(queue, function, run) -> None:
    send(queue, "a")
    run(count_window=2, time_window=10_000, time_scale=1)
    time.sleep(0.2)
    assert not function.events
    send(queue, "b")
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", "b"]]


def test_a_batch_is_delivered_when_its_window_ends(queue, function, run) -> None:
    send(queue, "a")
    run(count_window=2, time_window=0.2, time_scale=1)
    until(lambda: not queue.messages())
    assert function.bodies() == [["a"]]


def test_a_failed_batch_is_retried_unchanged(queue, function, run) -> None:
    function.queue = queue
    function.fails = lambda _: len(function.events) <= 2
    send(queue, "a", "b")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", "b"]] * 3
    assert function.events[0] == function.events[2]
    assert function.kept == [2, 2, 2]


def test_without_error_tolerance_the_stream_stops(queue, function, run) -> None:
    function.fails = lambda _: True
    send(queue, "a")
    stream = run(count_window=1)
    send(queue, "b")
    until(lambda: stream.is_blocked)
    time.sleep(0.1)
    assert function.bodies() == [["a"]] * 4
    assert [message.body for message in queue.messages()] == ["a", "b"]
    stream.restart()
    until(lambda: len(function.events) == 8)
    assert function.bodies() == [["a"]] * 8
    until(lambda: stream.is_blocked)
    function.fails = lambda _: False
    stream.restart()
    until(lambda: not queue.messages())
    assert function.bodies()[8:] == [["a"], ["b"]]


@pytest.mark.parametrize("with_queue", [True, False])
def test_with_error_tolerance_a_batch_is_given_up(queue, function, run, with_queue) -> None:
    letters = Queue("letters", time.time)
    function.fails = lambda events: events[0]["data"]["messageBody"] == "x"
    send(queue, "eA==", "b")
    stream = run(letters if with_queue else None, count_window=1, errors_tolerance="ALL")
    until(lambda: not queue.messages())
    assert function.bodies() == [["x"]] * 4 + [["b"]]
    assert [message.body for message in letters.messages()] == ["eA=="] * with_queue
    assert not stream.is_blocked


def test_pollers_invoke_concurrently(queue, function, run) -> None:
    both = threading.Barrier(2)
    function.fails = lambda _: bool(both.wait(10)) and False
    send(queue, "a", "b")
    run(count_window=1, concurrency=2)
    until(lambda: not queue.messages())
    assert sorted(function.bodies()) == [["a"], ["b"]]


def test_a_stopped_stream_releases_its_batch(queue, function, run) -> None:
    function.fails = lambda _: True
    send(queue, "a")
    stream = run()
    until(lambda: stream.is_blocked)
    stream.stop()
    stream.join()
    until(lambda: queue.peek(1))


def test_an_unexpected_error_does_not_end_the_stream(queue, function, run) -> None:
    def once(_: object) -> bool:
        if len(function.events) == 1:
            raise RuntimeError("a fault of the stand-in")
        return False

    function.fails = once
    send(queue, "a")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a"], ["a"]]


def test_retry_waits_follow_the_policy() -> None:
    backoff = list(generate_waits("BACKOFF_RETRY", random.Random(1)))
    assert len(backoff) == 3
    assert all(10 <= wait <= 20 for wait in backoff)
    assert len(set(backoff)) == 3
    decay = list(generate_waits("EXPONENTIAL_DECAY_RETRY", random.Random(1)))
    assert decay[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]
    assert (len(decay), max(decay)) == (176, 512)
    assert sum(decay) == pytest.approx(24 * 3600, rel=0.01)
