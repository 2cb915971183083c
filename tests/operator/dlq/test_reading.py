"""A queue is read from end to end, and everything stays in it."""

import pytest

from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.queues import Message
from tests.support.operator_queue import FakeOperatorQueue


def filled(number: int, **fields: object) -> FakeOperatorQueue:
    queue = FakeOperatorQueue(**fields)
    queue.put(*map(str, range(number)))
    return queue


def reader_of(queue: FakeOperatorQueue, **fields: object) -> Reader:
    return Reader(queue, threads=1, clock=queue.clock, **fields)


def read(reader: Reader) -> list[Message]:
    return [message for batch in reader.batches() for message in batch]


@pytest.mark.parametrize("number", [0, 1, 10, 11, 257])
def test_every_message_is_read_once_and_released(number: int) -> None:
    queue = filled(number)
    reader = reader_of(queue)
    assert sorted(int(message.body) for message in read(reader)) == list(range(number))
    assert reader.is_complete
    assert len(queue.visible()) == number


def test_twenty_thousand_messages_that_come_back_after_30_seconds_are_all_read() -> None:
    """Reading them takes 40 seconds, so the first ones are back before the last ones are read."""
    queue = filled(20_000, longest_hide=30, request_seconds=0.02, keeps_hidden=False)
    reader = reader_of(queue)
    assert len({message.id for message in read(reader)}) == 20_000
    assert reader.is_complete
    assert reader.repeats > 0


def test_a_batch_of_repeated_messages_is_not_the_end() -> None:
    queue = filled(100, longest_hide=0.05, keeps_hidden=False)
    assert len({message.id for message in read(reader_of(queue))}) == 100


def test_messages_that_never_come_into_view_make_it_incomplete() -> None:
    queue = filled(30, hidden=12)
    reader = reader_of(queue)
    assert len(read(reader)) == 30
    assert (reader.seen, reader.expected, reader.is_complete) == (30, 42, False)


def test_messages_behind_others_that_return_at_once_make_it_incomplete() -> None:
    queue = filled(8, hidden=5, longest_hide=0, keeps_hidden=False)
    reader = reader_of(queue)
    assert len(read(reader)) == 8
    assert not reader.is_complete


def test_a_poll_that_falsely_brings_nothing_is_repeated() -> None:
    queue = filled(25, false_polls=2)
    reader = reader_of(queue)
    assert len(read(reader)) == 25
    assert reader.is_complete


def test_messages_deleted_meanwhile_are_not_missed() -> None:
    queue = filled(30)
    reader = reader_of(queue)
    batches = reader.batches()
    next(batches)
    for name in list(queue.bodies)[20:]:
        del queue.bodies[name]
    list(batches)
    assert (reader.seen, reader.is_complete) == (20, True)


def test_messages_that_were_deleted_do_not_hide_those_that_were_not_seen() -> None:
    queue = filled(30, hidden=12)
    reader = reader_of(queue)
    for batch in reader.batches():
        reader.done_all(batch)
    assert (reader.seen, reader.expected, reader.is_complete) == (30, 42, False)


def test_the_oldest_are_released_before_the_queue_refuses_to_hand_out_more() -> None:
    queue = filled(500)
    reader = reader_of(queue, most_hidden=100)
    assert len({message.id for message in read(reader)}) == 500
    assert queue.most_held <= 110
    assert reader.is_complete


def test_messages_are_hidden_for_two_minutes_at_least_and_longer_for_many() -> None:
    few, many = filled(30), filled(60_000)
    list(reader_of(few).batches())
    next(reader_of(many).batches())
    assert min(few.asked_to_hide) == 120
    assert many.asked_to_hide == [1200]


def test_what_is_held_is_kept_hidden_while_the_reading_goes_on() -> None:
    queue = filled(40)
    reader = reader_of(queue, hide_seconds=120)
    for _ in reader.batches():
        queue.now += 45
        reader.keep_hidden()
    assert queue.extended
    assert reader.repeats == 0


def test_closing_it_early_releases_everything() -> None:
    queue = filled(40)
    batches = reader_of(queue).batches()
    next(batches)
    next(batches)
    batches.close()
    assert len(queue.visible()) == 40


def test_an_error_of_the_caller_releases_everything() -> None:
    queue = filled(40)
    batches = reader_of(queue).batches()
    next(batches)
    with pytest.raises(SystemExit):
        batches.throw(SystemExit(130))
    assert len(queue.visible()) == 40


def test_a_deleted_message_that_comes_back_is_deleted_again() -> None:
    queue = filled(3, longest_hide=1)
    reader = reader_of(queue)
    batches = reader.batches()
    batch = next(batches)
    kept = dict(queue.bodies)
    reader.done_all(batch)
    queue.visible_at |= dict.fromkeys(kept, 0.0)
    queue.bodies |= kept  # SQS may deliver a message although it was deleted
    list(batches)
    assert queue.bodies == {}
    assert reader.seen == 3


def test_deleted_messages_are_not_released() -> None:
    queue = filled(5)
    reader = reader_of(queue)
    for batch in reader.batches():
        reader.done_all(batch[:2])
    assert sorted(queue.bodies.values()) == ["2", "3", "4"]
