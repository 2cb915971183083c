"""Decide how many objects a worker handles at once: enough to use its share of the quota, within its memory."""

import math
import threading
from dataclasses import dataclass, field

_SPARE = 1.25  # durations differ, and a slot for which no object is ready is lost
_RECENT = 0.2  # weight of the latest object in the moving average


@dataclass(slots=True)
class ConcurrencyLimit:
    """Limit the objects in work by Little's law: rate times duration, without the time spent waiting for the quota.

    ``per_second`` is the worker's share of the rate, ``max`` the number of threads, ``max_bytes`` the total size of
    the sources in memory. An object over ``max_bytes`` runs alone. ``seconds`` is the recent duration of one
    object; it starts as a guess. Safe for several threads at once.
    """

    per_second: float
    max: int
    max_bytes: int
    seconds: float = 1.0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def target(self) -> int:
        """Return how many objects must be in work so that every slot is used and one object waits for the next slot."""
        return min(self.max, math.ceil(self.per_second * self.seconds * _SPARE) + 1)

    def has_room(self, sizes: list[int], size: int) -> bool:
        """Return whether an object of ``size`` bytes may start while objects of ``sizes`` bytes are in work."""
        return not sizes or (len(sizes) < self.target and sum(sizes) + size <= self.max_bytes)

    def observe(self, seconds: float) -> None:
        """Take one object's duration into the average."""
        with self._lock:
            self.seconds += _RECENT * (seconds - self.seconds)
