"""Virtual time for a world in which several things happen at once, of which only one ever really runs.

An entry of the timeline is an action, done at its instant, or a process: a thread that lets time pass by ``sleep`` and
meanwhile leaves the floor to whatever is due before. Who runs next follows from the instants alone, and from the order
in which they were made; so the same world always goes the same way.
"""

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class _Turn:
    """A process waits for it, once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def begin(self) -> None:
        self._lock.release()

    def wait(self) -> None:
        self._lock.acquire()


class Timeline:
    """Seconds since the world began."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None] | _Turn]] = []
        self._numbers = count()
        self._over = threading.Lock()
        self._fault: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def date(self, at: float | None = None) -> datetime:
        """Now, or at that instant."""
        return _BEGINNING + timedelta(seconds=self.now if at is None else at)

    def at(self, instant: float, action: Callable[[], None]) -> None:
        """``action`` lets no time pass."""
        heapq.heappush(self._due, (max(instant, self.now), next(self._numbers), action))

    def start(self, body: Callable[[], None]) -> None:
        """A process, as soon as the world runs."""
        turn = _Turn()
        heapq.heappush(self._due, (self.now, next(self._numbers), turn))
        self._threads.append(threading.Thread(target=self._live, args=(body, turn), daemon=True))

    def run(self) -> None:
        """Until nothing is due any more. Raises what a process or an action has raised."""
        for thread in self._threads:
            thread.start()
        self._over.acquire()
        self._pass_on()
        with self._over:
            if self._fault:
                raise self._fault

    def sleep(self, seconds: float) -> None:
        """Of the process that has the floor."""
        wake = self.now + max(0.0, seconds)
        if not self._due or self._due[0][0] > wake:
            self.now = wake
            return
        turn = _Turn()
        heapq.heappush(self._due, (wake, next(self._numbers), turn))
        if self._pass_on() is not turn:
            turn.wait()

    def _live(self, body: Callable[[], None], turn: _Turn) -> None:
        turn.wait()
        try:
            body()
            self._pass_on()
        except BaseException as error:  # noqa: BLE001 - told to whoever runs the world
            self._fault = error
            self._over.release()

    def _pass_on(self) -> _Turn | None:
        """Does what is due until it is a process's turn; that one is woken. The last one ends the world."""
        while self._due:
            self.now, _, what = heapq.heappop(self._due)
            if isinstance(what, _Turn):
                what.begin()
                return what
            what()
        self._over.release()
        return None
