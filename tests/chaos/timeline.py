"""Virtual time for a world in which several processes take turns. Only one of them runs at any moment.

The timeline holds actions, which run at their instant, and processes: threads that call ``sleep`` to let time pass and
to let others run. The instants and the order of scheduling decide who runs next, so a seed always gives the same run.
"""

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

_START = datetime(2026, 1, 1, tzinfo=UTC)


class _Turn:
    """A turn that a process waits for, once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def begin(self) -> None:
        self._lock.release()

    def wait(self) -> None:
        self._lock.acquire()


class Timeline:
    """The time of one world, in seconds since its start."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None] | _Turn]] = []
        self._numbers = count()
        self._over = threading.Lock()
        self._fault: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def date(self, at: float | None = None) -> datetime:
        """Return the date of an instant, or of now."""
        return _START + timedelta(seconds=self.now if at is None else at)

    def seconds(self, date: datetime) -> float:
        """Return the instant of a date."""
        return (date - _START).total_seconds()

    def at(self, instant: float, action: Callable[[], None]) -> None:
        """Run ``action`` at an instant. It must not call ``sleep``."""
        heapq.heappush(self._due, (max(instant, self.now), next(self._numbers), action))

    def start(self, body: Callable[[], None]) -> None:
        """Start a process as soon as the world runs."""
        turn = _Turn()
        heapq.heappush(self._due, (self.now, next(self._numbers), turn))
        self._threads.append(threading.Thread(target=self._run_process, args=(body, turn), daemon=True))

    def run(self) -> None:
        """Run until nothing is due. Raise what a process or an action has raised."""
        for thread in self._threads:
            thread.start()
        self._over.acquire()
        self._run_next()
        with self._over:
            if self._fault:
                raise self._fault

    def sleep(self, seconds: float) -> None:
        """Let time pass for the process that calls this, and let others run meanwhile."""
        wake = self.now + max(0.0, seconds)
        if not self._due or self._due[0][0] > wake:
            self.now = wake
            return
        turn = _Turn()
        heapq.heappush(self._due, (wake, next(self._numbers), turn))
        if self._run_next() is not turn:
            turn.wait()

    def _run_process(self, body: Callable[[], None], turn: _Turn) -> None:
        turn.wait()
        try:
            body()
            self._run_next()
        except BaseException as error:  # noqa: BLE001 - ``run`` raises it
            self._fault = error
            self._over.release()

    def _run_next(self) -> _Turn | None:
        """Run due actions until a process is due, and wake that one. End the world if nothing is left."""
        while self._due:
            self.now, _, next_due = heapq.heappop(self._due)
            if isinstance(next_due, _Turn):
                next_due.begin()
                return next_due
            next_due()
        self._over.release()
        return None
