"""Poll a queue in background threads."""

import sys
import threading
from collections.abc import Callable


class Pollers:
    """``count`` threads that run ``poll``. ``poll`` must return soon after ``stopping`` is set."""

    def __init__(self, poll: Callable[[], None], count: int, name: str) -> None:
        self.stopping = threading.Event()
        self._threads = [threading.Thread(target=poll, name=f"{name}-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Start no more invocations."""
        self.stopping.set()

    def join(self) -> None:
        """Wait for the running invocations to end."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def log_failure(self, reason: str) -> None:
        """Print the reason, except while stopping, when workers are killed on purpose."""
        if not self.stopping.is_set():
            lines = f"the function failed: {reason}".splitlines()
            # In ASCII, since a reason may quote a key.
            print(*(ascii(line)[1:-1] for line in lines), sep="\n", file=sys.stderr)  # noqa: T201 - the stand-in's own log
