"""Bound the bytes of objects that are in memory at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

ROOM_BYTES = 64_000_000  # of objects in memory at once; a larger object is read alone


class Room:
    """Room for the bytes of objects. Safe for several threads, which wait for it."""

    def __init__(self, total: int) -> None:
        self._total = self._left = total
        self._changed = threading.Condition()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Hold room for ``size`` bytes, or all room for an object that is larger."""
        wanted = min(size, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._left >= wanted)
            self._left -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._left += wanted
                self._changed.notify_all()
