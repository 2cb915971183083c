"""How many objects a worker has under way at once: enough to use its share of the quota, and what its memory holds."""

import math
import threading
from dataclasses import dataclass, field

_SPARE = 1.25  # objects differ, and a slot that finds nobody ready is lost
_RECENT = 0.2  # the weight of the latest object in what one is said to take


@dataclass(slots=True)
class ConcurrencyLimit:
    """By Little's law: the rate, times how long an object takes without its waiting for the quota.

    ``per_second`` is the worker's share, ``max`` how many threads there are for them, ``max_bytes`` what their
    sources may have in all; one that alone has more is taken alone. ``seconds`` is what one object took of late; it
    begins with a guess. Safe to be used by several threads at once.
    """

    per_second: float
    max: int
    max_bytes: int
    seconds: float = 1.0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def target(self) -> int:
        """As many as keep every slot used, and one that waits for the next."""
        return min(self.max, math.ceil(self.per_second * self.seconds * _SPARE) + 1)

    def has_room(self, sizes: list[int], size: int) -> bool:
        """For one more object of ``size`` bytes beside those of ``sizes``."""
        return not sizes or (len(sizes) < self.target and sum(sizes) + size <= self.max_bytes)

    def observe(self, seconds: float) -> None:
        with self._lock:
            self.seconds += _RECENT * (seconds - self.seconds)
