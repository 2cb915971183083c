"""Read a queue from end to end, and leave in it whatever the caller does not delete.

A message that was read stays hidden, so that the others come into view. At the end all are released, also after an
error or a signal. A message that comes back into view is counted, and is never a reason to stop.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from imagesearch_ops.queues import Message, OperatorQueue

SHORTEST_HIDE_SECONDS = 120
LONGEST_HIDE_SECONDS = 12 * 3600  # SQS: from the first receive on
MOST_HIDDEN = 90_000  # SQS refuses to hand out more than 120,000 at once
WAIT_SECONDS = 2  # longer than SMQ's shortest time for which a released message stays hidden
_FIRST_RATE = 100.0  # messages a second, until it has been measured
_EMPTY_POLLS = 3  # a poll that brings nothing can be false on SQS
_THREADS = 8
_MOST_REPEATS = 2  # times the messages seen, without a new one: then the others cannot be reached
_ENOUGH_REPEATS = 1000  # without a new message, if the queue counts no more: its count is only about right


@dataclass(slots=True)
class Reader:
    """Read one queue. ``seen`` counts different messages, ``repeats`` those that were received again.

    ``hide_seconds`` fixes how long a message stays hidden; by default it follows from the count and the rate.
    ``threads`` is how many requests run at once.
    """

    queue: OperatorQueue
    hide_seconds: int | None = None
    threads: int = _THREADS
    most_hidden: int = MOST_HIDDEN
    wait_seconds: int = field(default_factory=lambda: WAIT_SECONDS)
    clock: Callable[[], float] = time.monotonic
    seen: int = field(default=0, init=False)
    repeats: int = field(default=0, init=False)
    expected: int = field(default=0, init=False)
    _ids: dict[str, bool] = field(default_factory=dict, init=False)  # whether the caller is done with the message
    _held: "OrderedDict[str, str]" = field(default_factory=OrderedDict, init=False)  # receipts by message
    _began: float = field(default=0.0, init=False)
    _extend_at: float = field(default=math.inf, init=False)

    @property
    def is_complete(self) -> bool:
        """Return whether everything was seen that the queue held at the start, as far as the queue can count."""
        return self.seen >= self.expected

    def batches(self) -> Generator[list[Message], None, None]:
        """Yield every message once. Close the iterator, or read it to its end, to release what is still held."""
        self._began = self.clock()
        try:
            self.expected = self.queue.count().total
            yield from self._read()
        finally:
            self.release()

    def done(self, message: Message) -> None:
        """Delete a message. If it comes back although it was deleted, it is deleted again."""
        self.done_all([message])

    def done_all(self, messages: list[Message]) -> None:
        """Delete messages, in batches."""
        receipts = [self._held.pop(message.id, message.receipt) for message in messages]
        for message in messages:
            self._ids[message.id] = True
        self.queue.delete(receipts)

    def discount(self) -> None:
        """Take back the count of a message that was sent after the reading began. It stands for none that is hidden."""
        self.seen -= 1

    def release(self) -> None:
        """Make everything visible that is still held."""
        receipts = list(self._held.values())
        self._held.clear()
        self.queue.release(receipts)

    def keep_hidden(self) -> None:
        """Hide everything that is held for longer, if half of its time has passed."""
        seconds, now = self._hide_seconds(), self.clock()
        if not self.queue.keeps_hidden or now < self._extend_at:
            return
        self._extend_at = now + seconds / 2
        held = list(self._held.items())
        receipts = self.queue.extend([receipt for _, receipt in held], seconds)
        self._held.update(zip((name for name, _ in held), receipts, strict=True))

    def _read(self) -> Iterator[list[Message]]:
        empty = repeats = 0
        while True:
            received = self._receive()
            fresh = self._take(received)
            if fresh:
                yield fresh
            self.keep_hidden()
            self._release_oldest()
            repeats = 0 if fresh else repeats + len(received)
            if received:
                empty = 0
                if self._comes_back_for_ever(repeats):
                    return
                continue
            empty += 1
            if self.is_complete or empty >= _EMPTY_POLLS:
                if not self.is_complete:
                    self._count_again()
                return

    def _comes_back_for_ever(self, repeats: int) -> bool:
        """Return whether the messages come back faster than they are read, so that no poll will ever bring nothing."""
        if self.is_complete:
            return repeats >= min(self.seen, _ENOUGH_REPEATS)
        return repeats >= _MOST_REPEATS * max(self.seen, self.queue.batch)

    def _count_again(self) -> None:
        """Lower the number expected: others may have deleted messages meanwhile, and the first count may be old.

        Messages that the caller has deleted were expected, but the queue counts them no more.
        """
        deleted = sum(self._ids.values())
        self.expected = min(self.expected, self.queue.count().total + deleted)

    def _receive(self) -> list[Message]:
        """Receive with as many requests at once as there may be messages for."""
        missing = max(self.expected - self.seen, 0)
        requests = max(1, min(self.threads, -(-missing // self.queue.batch)))
        seconds = self._hide_seconds()
        self._extend_at = min(self._extend_at, self.clock() + seconds / 2)
        if requests == 1:
            return self._hold(self.queue.receive(self.wait_seconds, seconds))
        with ThreadPoolExecutor(requests) as threads:
            running = [threads.submit(self.queue.receive, self.wait_seconds, seconds) for _ in range(requests)]
            try:
                wait(running)
            finally:  # a signal interrupts the wait, but not the requests: what they receive must be released, too
                messages = self._collect(running)
        for one in running:
            one.result()
        return messages

    def _collect(self, running: list[Future[list[Message]]]) -> list[Message]:
        messages: list[Message] = []
        for one in running:
            if one.exception() is None:
                messages += one.result()
        return self._hold(messages)

    def _hold(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._held[message.id] = message.receipt
        return messages

    def _take(self, messages: list[Message]) -> list[Message]:
        """Return the messages that were not seen before. Delete those that were to be gone already."""
        fresh: list[Message] = []
        again: list[str] = []
        for message in messages:
            known = self._ids.get(message.id)
            if known is None:
                self._ids[message.id] = False
                fresh.append(message)
                continue
            self.repeats += 1
            if known:
                again.append(self._held.pop(message.id, message.receipt))
        if again:
            self.queue.delete(again)
        self.seen += len(fresh)
        return fresh

    def _release_oldest(self) -> None:
        excess = len(self._held) - self.most_hidden
        if excess > 0:
            oldest = [self._held.popitem(last=False)[1] for _ in range(excess)]
            self.queue.release(oldest)

    def _hide_seconds(self) -> int:
        """Return twice the time that the reading is expected to take, at least two minutes."""
        if self.hide_seconds is not None:
            return self.hide_seconds
        seconds = self.clock() - self._began
        rate = self.seen / seconds if self.seen and seconds > 1 else _FIRST_RATE
        return int(min(max(SHORTEST_HIDE_SECONDS, 2 * self.expected / rate), LONGEST_HIDE_SECONDS))
