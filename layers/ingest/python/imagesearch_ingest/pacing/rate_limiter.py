"""Calls at the rate that the instance allows, so that next to none are refused and none of the quota is left unused.

What counts is when the instance sees a call. So a slot is taken just before the one request that the quota is for, and
all that comes before it may be done ahead.
"""

import math
import random
import threading
from collections.abc import Callable
from typing import TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline

R = TypeVar("R")

# Slots that nobody was ready for, as between two batches, are made up for, but no more of them than the instance can
# have kept: one second's calls, it is thought, and at least two. Workers of one backlog begin and end together, so each
# is to count on its share of these alone, after one call of each; and a part is left for calls that are late.
BURST_SECONDS, MIN_BURST, USABLE_BURST = 1.0, 2.0, 0.8
CATCHING_UP = 0.8  # the interval's factor meanwhile: a quarter more calls, rather than all of them in one burst
# Below the rate by so little that the instance never falls behind.
HEADROOM = 0.997
# Of so many refusals, less a tenth for each call that was accepted meanwhile, the phase alone may be the cause.
PATIENCE, FORGIVEN = 5.0, 0.1
SLOWER, FASTER = 1.25, 0.95  # the interval's factor at each further one, and at each call that is accepted after it
SLOWEST, SLOWEST_SECONDS = 8.0, 2.0  # that factor, or that interval, whichever is longer


class RateLimiter:
    """The slots of one worker, ``per_second`` of them in the long run; ``workers`` share the quota, each with as many.
    Safe to be used by several threads at once.

    A refused call may mean that another worker has the same rhythm: so the phase moves by chance, that of the slots
    that are waited for as well. (So it does after a worker's first call, since workers begin together.) When that does
    not help, somebody else uses the quota too: the interval grows, to shrink again with each accepted call. To grow it
    at once would part the workers' rhythms, so that they meet again and again: where an instance takes one call at a
    time, that cost half of a quota of one a second (ADR 16).
    """

    def __init__(self, clock: Clock, rng: random.Random, per_second: float, *, workers: int = 1) -> None:
        self._clock = clock
        self._rng = rng
        self._interval = 1 / (per_second * HEADROOM)
        quota = per_second * workers
        self._late = USABLE_BURST * max(0.0, max(BURST_SECONDS, MIN_BURST / quota) - workers / quota)
        self._factor, self._slowest = 1.0, max(SLOWEST, SLOWEST_SECONDS * per_second)
        self._strikes = 0.0
        self._due: float | None = None  # the next slot, had all been used; none before the first
        self._free = -math.inf  # before that, it is not to be used
        self._moved = 0.0  # by how much all refusals have moved the phase
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline, seconds: float) -> None:
        """Until the next slot. Raises ``NOT_BEGUN`` at once when less than ``seconds`` would be left then."""
        with self._lock:
            now, moved = self._clock.monotonic(), self._moved
            slot = self._slot(now)
            _check(deadline, slot - now + seconds)
            self._take(slot, now)
        self._clock.sleep(slot - now)
        while (further := self._moved - moved) > 0:  # a refusal has moved this slot too
            _check(deadline, further + seconds)
            moved += further
            self._clock.sleep(further)

    def _slot(self, now: float) -> float:
        return max(now, self._free, now if self._due is None else self._due)

    def _take(self, slot: float, now: float) -> None:
        interval = self._interval * self._factor
        if self._due is None:
            self._due = slot + self._rng.uniform(0, interval)
        self._due = max(self._due, now - self._late) + interval
        self._free = slot + interval * CATCHING_UP

    def seconds_until_free(self) -> float:
        """Until the next slot that nobody has taken yet."""
        with self._lock:
            now = self._clock.monotonic()
            return self._slot(now) - now

    def call(self, call: Callable[[], R]) -> R:
        """What ``call`` returns, having heard from it how the instance liked the rate."""
        try:
            result = call()
        except IngestError as error:
            if error.reason is Reason.THROTTLED:
                self.record_refusal()
            raise
        self.record_success()
        return result

    def record_refusal(self) -> None:
        """The instance has refused a call for its rate."""
        with self._lock:
            self._strikes = min(self._strikes + 1, PATIENCE + 1)
            if self._strikes > PATIENCE:
                self._factor = min(self._slowest, self._factor * SLOWER)
            shift = self._rng.uniform(0, self._interval)
            self._moved += shift
            self._free += shift
            self._due = max(self._due or 0.0, self._clock.monotonic()) + shift

    def record_success(self) -> None:
        with self._lock:
            self._strikes = max(0.0, self._strikes - FORGIVEN)
            self._factor = max(1.0, self._factor * FASTER)


def _check(deadline: Deadline, needed: float) -> None:
    if deadline.seconds_left() < needed:
        detail = f"the quota had no room in the {deadline.seconds_left():.1f} s that were left"
        raise IngestError(Reason.NOT_BEGUN, detail, attempts=1)
