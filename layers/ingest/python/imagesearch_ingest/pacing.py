"""Calls at the rate that the instance allows, so that next to none are refused and none of the quota is left unused.

What counts is when the instance sees a call. So a slot is taken just before the one request that the quota is for, and
all that comes before it may be done ahead.
"""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.ports import Clock
from imagesearch_ingest.reasons import Reason
from imagesearch_ingest.retrying import Deadline

R = TypeVar("R")

# For how long a slot that nobody was ready for may still be used: between two batches nobody is. Less than the second
# after which the quota itself is thought to forget.
LATE_SECONDS = 0.8
# Below the rate by so little that the instance never falls behind.
HEADROOM = 0.997
SLOWER, FASTER = 1.25, 0.98  # the interval's factor at a refusal, and at each call that is accepted after it
SLOWEST = 8.0


class Pace:
    """The slots of one worker, ``per_second`` of them in the long run. Safe to be used by several threads at once.

    A refused call means that somebody else uses the quota too, or that another worker has the same rhythm: the interval
    grows, to shrink again with each accepted call, and the phase moves by chance.
    """

    def __init__(self, clock: Clock, rng: random.Random, per_second: float) -> None:
        self._clock = clock
        self._rng = rng
        self._interval = 1 / (per_second * HEADROOM)
        self._factor = 1.0
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline, seconds: float) -> None:
        """Until the next slot. Raises ``NOT_BEGUN`` at once when less than ``seconds`` would be left then."""
        with self._lock:
            now = self._clock.monotonic()
            slot = max(self._next, now - LATE_SECONDS)
            waiting = max(0.0, slot - now)
            if deadline.seconds_left() < waiting + seconds:
                detail = f"the quota had no room in the {deadline.seconds_left():.1f} s that were left"
                raise IngestError(Reason.NOT_BEGUN, detail, attempts=1)
            self._next = slot + self._interval * self._factor
        self._clock.sleep(waiting)

    def seconds_until_free(self) -> float:
        """Until the next slot that nobody has taken yet."""
        with self._lock:
            return max(0.0, self._next - self._clock.monotonic())

    def heeding(self, call: Callable[[], R]) -> R:
        """What ``call`` returns, having heard from it how the instance liked the rate."""
        try:
            result = call()
        except IngestError as error:
            if error.reason is Reason.THROTTLED:
                self.refused()
            raise
        self.accepted()
        return result

    def refused(self) -> None:
        """The instance has refused a call for its rate."""
        with self._lock:
            self._factor = min(SLOWEST, self._factor * SLOWER)
            shift = self._rng.uniform(0, self._interval)
            self._next = max(self._next, self._clock.monotonic()) + shift

    def accepted(self) -> None:
        with self._lock:
            self._factor = max(1.0, self._factor * FASTER)
