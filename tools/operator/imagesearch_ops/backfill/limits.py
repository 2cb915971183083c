"""Bound how many keys a run announces, and how many wait in the queue at once."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from imagesearch_ops.queues import OperatorQueue

# SQS keeps a message for 14 days from the time when it was first sent. Four days are left for an outage.
MOST_WAITING = timedelta(days=10)
_DAY_SECONDS = 86_400
_POLL_SECONDS = 2.0


@dataclass(slots=True)
class Limit:
    """Stop before the key behind the first ``most``. ``is_reached`` tells whether there was one."""

    most: int | None
    is_reached: bool = False

    def bound(self, keys: Iterable[str | None]) -> Iterator[str | None]:
        """Yield the keys, as far as the limit allows."""
        left = self.most
        for key in keys:
            if key is not None and left is not None:
                if left <= 0:
                    self.is_reached = True
                    return
                left -= 1
            yield key


@dataclass(slots=True)
class Room:
    """Let keys pass while fewer than ``most`` messages are in the queue. Otherwise wait for the function.

    ``on_wait`` is called with the number of messages while the queue is full.
    """

    queue: OperatorQueue
    most: int
    on_wait: Callable[[int], None]
    _left: int = 0

    def bound(self, keys: Iterable[str | None]) -> Iterator[str | None]:
        """Yield the keys. What was yielded before is sent before each wait, and counts as in the queue."""
        for key in keys:
            if key is not None:
                while self._left <= 0:
                    yield None
                    self._look()
                self._left -= 1
            yield key

    def _look(self) -> None:
        waiting = self.queue.count().total
        self._left = self.most - waiting
        if self._left <= 0:
            self.on_wait(waiting)
            time.sleep(_POLL_SECONDS)


def most_waiting(adds_per_second: float) -> int:
    """Return how many messages may wait on SQS."""
    return int(MOST_WAITING.total_seconds() * adds_per_second)


def until_room(waiting: int, adds_per_second: float) -> float:
    """Return after how many seconds the queue takes a day's work again."""
    excess = waiting - most_waiting(adds_per_second) + _DAY_SECONDS * adds_per_second
    return max(0.0, excess / adds_per_second)
