"""Find messages of one run in the ingest queue, in which live uploads are waiting, too.

Fair queues and priorities hand out live uploads first. A reader that kept them hidden to its end would delay them, and
one that gave them back at once for ever would receive the same ones for ever. So each upload is given back at once, and
the reader stays away from the queue for some seconds if it comes back. If it comes back after that as well, nobody else
takes it: then it stays hidden for some seconds, and twice as long each time. An upload waits at most about twice as
long as it would anyway, and is received a few times more, not hundreds of times (ADR 53).
"""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from imagesearch_ops.queues import Message, OperatorQueue

HIDE_SECONDS = 30  # of a received message, if this process dies before it has decided
MOST_HIDDEN = 90_000  # SQS refuses to hand out more than 120,000 at once
_AWAY_SECONDS = (0.0, 1.0, 3.0)  # after an upload was seen once, twice, three times
_UPLOAD_SECONDS = 5  # hidden at the fourth time, then twice as long each time; once one was, from the second time on
_ANNOUNCED_SECONDS = 60  # hidden at the first time: announcements give way to uploads anyway
_LONGEST_SECONDS = 3600
_WAIT_SECONDS = 2  # longer than SMQ's shortest time for which a released message stays hidden
_EMPTY_POLLS = 3  # a poll that brings nothing can be false on SQS
_QUIET_SECONDS = 30.0  # without a message of the run, while others come and go
_THREADS = 8


@dataclass(slots=True)
class Sieve:
    """Read one queue. ``is_mine`` picks the run's messages; ``gives_way`` tells which others are in no hurry.

    ``found`` counts different messages of the run, ``others`` different other ones. ``is_full`` says that the reading
    ended because no more messages may be hidden at once.
    """

    queue: OperatorQueue
    is_mine: Callable[[Message], bool]
    gives_way: Callable[[Message], bool]
    wait_seconds: int = field(default_factory=lambda: _WAIT_SECONDS)
    quiet_seconds: float = field(default_factory=lambda: _QUIET_SECONDS)
    most_hidden: int = MOST_HIDDEN
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    found: int = field(default=0, init=False)
    is_full: bool = field(default=False, init=False)
    _mine: set[int] = field(default_factory=set, init=False)  # hashes of IDs, which take little memory
    _times: dict[int, int] = field(default_factory=dict, init=False)  # how often another message was seen
    _held: dict[str, tuple[str, float]] = field(default_factory=dict, init=False)  # receipt, and until when
    _requests: int = field(default=1, init=False)
    _hit_at: float = field(default=0.0, init=False)
    _is_idle: bool = field(default=False, init=False)  # the function: nobody else takes the uploads
    _misses: int = field(default=0, init=False)  # messages received since the last one of the run

    @property
    def others(self) -> int:
        return len(self._times)

    def batches(self) -> Generator[list[Message], None, None]:
        """Yield the messages of the run: delete them, or ``keep`` them. At the end all that is hidden is released."""
        self._hit_at = self.clock()
        empty = 0
        try:
            while empty < _EMPTY_POLLS and not self._is_over():
                received = self._receive()
                empty = 0 if received else empty + 1
                mine = [message for message in received if self.is_mine(message)]
                self._give_back([message for message in received if not self.is_mine(message)])
                if mine:
                    yield mine
        finally:
            self.release()

    def delete(self, messages: list[Message]) -> None:
        """Delete messages of the run. One that comes back is deleted again, and counted once."""
        self._count(messages)
        self.queue.delete([self._held.pop(message.id, (message.receipt, 0.0))[0] for message in messages])

    def keep(self, messages: list[Message]) -> None:
        """Count messages of the run, and give them back later."""
        self._count(messages)
        self._hide(messages, 2 * _ANNOUNCED_SECONDS)

    def release(self) -> None:
        """Make everything visible that is still hidden."""
        now = self.clock()
        receipts = [receipt for receipt, until in self._held.values() if until > now]
        self._held.clear()
        self.queue.release(receipts)

    def _count(self, messages: list[Message]) -> None:
        self._mine.update(hash(message.id) for message in messages)
        if len(self._mine) > self.found:
            self._hit_at, self._misses = self.clock(), 0
        self.found = len(self._mine)

    def _is_over(self) -> bool:
        """Return whether nothing of the run has come for long, while others come and go, or no more may be hidden."""
        now = self.clock()
        if len(self._held) > self.most_hidden:
            self._held = {name: held for name, held in self._held.items() if held[1] > now}
            self.is_full = len(self._held) > self.most_hidden
        if self.is_full:
            return True
        if now - self._hit_at < self.quiet_seconds:
            return False
        visible, held = self.queue.count().visible, sum(until > now for _, until in self._held.values())
        if self._misses >= 2 * visible and self.others + self.found >= visible + held:
            return True
        self._hit_at = now  # look again after another while
        return False

    def _receive(self) -> list[Message]:
        """Receive with several requests at once as long as there is much to receive."""
        if self._requests == 1:
            received = self._take(self.queue.receive(self.wait_seconds, HIDE_SECONDS))
        else:
            with ThreadPoolExecutor(self._requests) as threads:
                running = [
                    threads.submit(self.queue.receive, self.wait_seconds, HIDE_SECONDS) for _ in range(self._requests)
                ]
                try:
                    wait(running)
                finally:  # a signal interrupts the wait, but not the requests: what they receive must be released
                    received = self._collect(running)
            for one in running:
                one.result()
        self._misses += len(received)
        self._requests = _THREADS if len(received) >= self.queue.batch else 1
        return received

    def _collect(self, running: list[Future[list[Message]]]) -> list[Message]:
        return self._take([message for one in running if one.exception() is None for message in one.result()])

    def _take(self, messages: list[Message]) -> list[Message]:
        until = self.clock() + HIDE_SECONDS
        self._held.update((message.id, (message.receipt, until)) for message in messages)
        return list({message.id: message for message in messages}.values())

    def _give_back(self, messages: list[Message]) -> None:
        by_seconds: dict[int, list[Message]] = {}
        away = 0.0
        for message in messages:
            times = self._times[hash(message.id)] = self._times.get(hash(message.id), 0) + 1
            is_upload = not self.gives_way(message)
            by_seconds.setdefault(self._wait_of(times, is_upload=is_upload), []).append(message)
            if is_upload and not self._is_idle:
                away = max(away, _AWAY_SECONDS[times - 1])
        for seconds, group in sorted(by_seconds.items()):
            if seconds:
                self._hide(group, seconds)
            else:
                self.queue.release([self._held.pop(message.id)[0] for message in group])
        if away:
            self.sleep(away if self.queue.keeps_hidden else away + 1)  # SMQ hides what is released for a second

    def _wait_of(self, times: int, *, is_upload: bool) -> int:
        """Return for how long to hide a message that is not of the run and was seen so often."""
        if not is_upload:
            return min(_LONGEST_SECONDS, _ANNOUNCED_SECONDS << min(times - 1, 20))
        looks = len(_AWAY_SECONDS)
        self._is_idle = self._is_idle or times > looks
        if times == 1 or (times <= looks and not self._is_idle):
            return 0
        return min(_LONGEST_SECONDS, _UPLOAD_SECONDS << min(max(0, times - looks - 1), 20))

    def _hide(self, messages: list[Message], seconds: int) -> None:
        receipts = self.queue.extend([message.receipt for message in messages], seconds)
        until = self.clock() + seconds
        for message, receipt in zip(messages, receipts, strict=True):
            self._held[message.id] = receipt, until
