"""Threads that ask a queue for work until they are told to stop."""

import sys
import threading
from collections.abc import Callable


class Pollers:
    """``poll`` is run by ``count`` threads at once, and is to return soon after ``stopping`` is set."""

    def __init__(self, poll: Callable[[], None], count: int, name: str) -> None:
        self.stopping = threading.Event()
        self._threads = [threading.Thread(target=poll, name=f"{name}-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begins no more invocations."""
        self.stopping.set()

    def join(self) -> None:
        """Waits for the invocations that are under way."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def say(self, what: str) -> None:
        """While stopping, processes are killed, which is not worth a word."""
        if not self.stopping.is_set():
            print(f"the function failed: {what}", file=sys.stderr)  # noqa: T201 - the stand-in's own log
