"""How the reading of the ingest queue treats the messages of others, on a queue with a clock of its own."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from threading import Lock

import pytest

from imagesearch_ops.backfill.sieve import Sieve
from imagesearch_ops.queues import Message
from tests.support.operator_queue import FakeOperatorQueue


class WatchedQueue(FakeOperatorQueue):
    """Notes how often each body was received, and for how long it was hidden each time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._one_at_a_time = Lock()
        self.receives: Counter[str] = Counter()
        self.hides: defaultdict[str, list[float]] = defaultdict(list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        with self._one_at_a_time:
            found = super().receive(wait_seconds, hide_seconds)
            self.receives.update(message.body for message in found)
            return found

    def _hide(self, receipts: Sequence[str], seconds: float) -> None:
        super()._hide(receipts, seconds)
        for receipt in receipts:
            self.hides[self.bodies.get(self._holders[receipt], "")].append(seconds)


class OldestFirst(WatchedQueue):
    """Always hands out the oldest messages that it has, as a queue of live uploads before others does."""

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        with self._one_at_a_time:
            self.now += self.request_seconds
            names = self.visible()[: self.batch]
            self.now += 0 if names else wait_seconds
            found = [self._hand_out(name, hide_seconds) for name in names]
            self.receives.update(message.body for message in found)
            return found


def sift(queue: WatchedQueue, **options: float) -> Sieve:
    sieve = Sieve(
        queue,
        is_mine=lambda message: message.body.startswith("mine"),
        gives_way=lambda message: message.body.startswith("other"),
        clock=queue.clock,
        sleep=queue.sleep,
        **options,  # type: ignore[arg-type]
    )
    for batch in sieve.batches():
        sieve.delete(batch)
    return sieve


def test_run_behind_uploads_that_nobody_takes_is_found() -> None:
    """The function is switched off. All uploads come first, again and again."""
    queue = WatchedQueue()
    queue.put(*(f"live/{n}" for n in range(3000)), *(f"mine/{n}" for n in range(500)))
    sieve = sift(queue)
    assert (sieve.found, sieve.others, sieve.is_full) == (500, 3000, False)
    assert sorted(queue.bodies.values()) == sorted(f"live/{n}" for n in range(3000))
    assert len(queue.visible()) == 3000
    assert max(queue.receives.values()) <= 8  # each receive counts for the function (docs/settling.md)


def test_run_behind_more_uploads_than_are_read_in_a_while_is_found() -> None:
    """After a second, most of the queue has not been seen."""
    queue = OldestFirst()
    queue.put(*(f"live/{n}" for n in range(6000)), "mine/1")
    sieve = sift(queue, quiet_seconds=1)
    assert (sieve.found, sieve.others) == (1, 6000)


def test_upload_that_nobody_takes_is_hidden_for_longer_each_time() -> None:
    queue = OldestFirst(request_seconds=0.05)
    queue.put("live/1", *(f"mine/{n}" for n in range(8000)))
    sift(queue)
    assert queue.now > 20
    assert queue.hides["live/1"][:5] == [0, 0, 0, 5, 10]
    assert queue.receives["live/1"] <= 8


def test_function_gets_the_first_chance_at_an_upload() -> None:
    """It needs a second to come: the reader stays away for so long, and hides nothing."""

    class Served(WatchedQueue):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            uploads = [name for name in self.visible() if self.bodies[name].startswith("live")]
            for name in uploads if seconds >= 1 else []:
                del self.bodies[name]

    queue = Served()
    queue.put(*(f"live/{n}" for n in range(5)), *(f"mine/{n}" for n in range(500)))
    assert sift(queue).found == 500
    assert queue.bodies == {}
    assert all(queue.hides[f"live/{n}"] == [0, 0] for n in range(5))


def test_announcements_of_others_are_received_once_in_a_minute() -> None:
    queue = WatchedQueue()
    queue.put(*(f"other/{n}" for n in range(1000)), "mine/1")
    sieve = sift(queue)
    assert (sieve.found, sieve.others) == (1, 1000)
    assert set(queue.receives.values()) == {1}
    assert len(queue.visible()) == 1000


def test_uploads_that_come_and_go_do_not_keep_it_reading() -> None:
    """The function works: each poll brings an upload that was never seen before."""

    class BusyQueue(WatchedQueue):
        def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
            self.bodies.clear()
            self.put(f"live/{self.now}")
            self.now += 0.5
            return super().receive(wait_seconds, hide_seconds)

    queue = BusyQueue()
    sieve = sift(queue)
    assert sieve.found == 0
    assert 30 <= queue.now <= 70


def test_false_empty_polls_do_not_end_it() -> None:
    queue = WatchedQueue(false_polls=2)
    queue.put("mine/1")
    assert sift(queue).found == 1


def test_no_more_is_hidden_than_the_service_allows() -> None:
    queue = WatchedQueue()
    queue.put(*(f"other/{n}" for n in range(300)), "mine/1")
    sieve = sift(queue, most_hidden=100)
    assert sieve.is_full
    assert queue.most_held <= 100 + 8 * 10
    assert len(queue.visible()) == 301


def test_message_that_comes_back_after_its_deletion_counts_once() -> None:
    class Forgetful(WatchedQueue):
        deletions = 0

        def delete(self, receipts: Sequence[str]) -> None:
            self.deletions += 1
            if self.deletions > 1:
                super().delete(receipts)
            else:
                self._hide(receipts, 0)

    queue = Forgetful()
    queue.put("mine/1")
    assert sift(queue).found == 1
    assert queue.bodies == {}


def test_error_gives_everything_back() -> None:
    queue = WatchedQueue()
    queue.put(*(f"other/{n}" for n in range(20)), *(f"mine/{n}" for n in range(20)))
    sieve = Sieve(
        queue, is_mine=lambda message: message.body.startswith("mine"), gives_way=lambda _: True, clock=queue.clock
    )
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the loop is what is interrupted
        for _ in sieve.batches():
            raise KeyboardInterrupt
    sieve.release()
    assert len(queue.visible()) == 40
