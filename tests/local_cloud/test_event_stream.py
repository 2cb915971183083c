"""What the stream delivers, how often it tries, and when a message is deleted: never before the function returned."""

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

FAST = 0.0005  # a retry after 10 to 20 s comes after 5 to 10 ms


class Function:
    """Keeps what it was invoked with. ``fails`` says of each event whether it does."""

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
    """Starts a stream, with whatever a test wants of it; stopped after the test."""
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
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.005)


def send(queue: Queue, *bodies: str) -> None:
    for body in bodies:
        queue.send(body)


def test_a_batch_is_one_array_of_events_and_deleted_only_when_the_function_has_returned(queue, function, run) -> None:
    function.queue = queue
    send(queue, "a", "eyJiIjogMX0=", "c")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", '{"b": 1}', "c"]]
    assert function.kept == [3]


def test_an_event_is_what_eventbridge_makes_of_a_message(queue, function, run) -> None:
    sent = queue.send("eA==")
    run(base64_decode=False)
    until(lambda: not queue.messages())
    ((event,),) = function.events
    assert event["data"].keys() == {"requestId", "messageId", "messageBody"}
    assert (event["data"]["messageId"], event["data"]["messageBody"]) == (sent.id, "eA==")
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "acs:mns", "mns:Queue:SendMessage")
    assert event["subject"].endswith(":queues/ingest")


def test_an_event_driven_trigger_gets_one_object_at_a_time(queue, function, run) -> None:
    send(queue, "a", "b")
    run(mode="event-driven", count_window=10)
    until(lambda: not queue.messages())
    assert [event["data"]["messageBody"] for event in function.events] == ["a", "b"]


def test_a_batch_holds_no_more_than_its_window_counts(queue, function, run) -> None:
    send(queue, *map(str, range(50)))
    run(count_window=20)
    until(lambda: not queue.messages())
    assert [len(events) for events in function.events] == [20, 20, 10]


def test_a_batch_waits_for_others_until_its_window_is_over(queue, function, run) -> None:
    send(queue, "a")
    run(count_window=2, time_window=10_000, time_scale=1)
    time.sleep(0.2)
    assert not function.events
    send(queue, "b")
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", "b"]]


def test_a_window_that_is_over_is_not_waited_for(queue, function, run) -> None:
    send(queue, "a")
    run(count_window=2, time_window=0.2, time_scale=1)
    until(lambda: not queue.messages())
    assert function.bodies() == [["a"]]


def test_a_batch_that_failed_is_tried_again_as_it_was(queue, function, run) -> None:
    function.queue = queue
    function.fails = lambda _: len(function.events) <= 2
    send(queue, "a", "b")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a", "b"]] * 3
    assert function.events[0] == function.events[2]
    assert function.kept == [2, 2, 2]


def test_when_no_error_is_tolerated_the_stream_stops_and_delivers_nothing_more(queue, function, run) -> None:
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
def test_when_errors_are_tolerated_a_batch_becomes_dead_letters_or_is_dropped(queue, function, run, with_queue) -> None:
    letters = Queue("letters", time.time)
    function.fails = lambda events: events[0]["data"]["messageBody"] == "x"
    send(queue, "eA==", "b")
    stream = run(letters if with_queue else None, count_window=1, errors_tolerance="ALL")
    until(lambda: not queue.messages())
    assert function.bodies() == [["x"]] * 4 + [["b"]]
    assert [message.body for message in letters.messages()] == ["eA=="] * with_queue
    assert not stream.is_blocked


def test_pollers_invoke_at_once_as_far_as_the_sink_allows(queue, function, run) -> None:
    both = threading.Barrier(2)
    function.fails = lambda _: bool(both.wait(10)) and False
    send(queue, "a", "b")
    run(count_window=1, concurrency=2)
    until(lambda: not queue.messages())
    assert sorted(function.bodies()) == [["a"], ["b"]]


def test_a_stream_that_is_stopped_gives_back_what_it_held(queue, function, run) -> None:
    function.fails = lambda _: True
    send(queue, "a")
    stream = run()
    until(lambda: stream.is_blocked)
    stream.stop()
    stream.join()
    until(lambda: queue.peek(1))


def test_a_fault_that_is_not_the_functions_does_not_end_the_stream(queue, function, run) -> None:
    def once(_: object) -> bool:
        if len(function.events) == 1:
            raise RuntimeError("a fault of the stand-in")
        return False

    function.fails = once
    send(queue, "a")
    run()
    until(lambda: not queue.messages())
    assert function.bodies() == [["a"], ["a"]]


def test_the_waits_before_retries_are_those_of_the_two_policies() -> None:
    backoff = list(generate_waits("BACKOFF_RETRY", random.Random(1)))
    assert len(backoff) == 3
    assert all(10 <= wait <= 20 for wait in backoff)
    assert len(set(backoff)) == 3
    decay = list(generate_waits("EXPONENTIAL_DECAY_RETRY", random.Random(1)))
    assert decay[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]
    assert (len(decay), max(decay)) == (176, 512)
    assert sum(decay) == pytest.approx(24 * 3600, rel=0.01)
