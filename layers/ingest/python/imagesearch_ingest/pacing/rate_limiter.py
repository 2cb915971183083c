"""Make calls at the rate that the instance allows, so that almost no call is refused and the whole quota is used.

The instance counts a call when it receives it. So a caller takes its slot just before the one request that the quota
counts, and does everything else before.
"""

import math
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline

# The instance is believed to save up unused calls: one second's worth, and at least two. Unused slots, as between two
# batches, are made up for up to that number. Workers of one backlog start and stop together, so each counts only on its
# share, after one call of each worker. A part is left for calls that arrive late.
BURST_SECONDS, MIN_BURST, USABLE_BURST = 1.0, 2.0, 0.8
CATCHING_UP = 0.8  # factor on the interval while making up for unused slots: a quarter more calls, not all in one burst
# Stay a little below the rate, so that calls never pile up at the instance.
HEADROOM = 0.997
# Up to this many refusals the phase alone may be the cause. Each accepted call forgives a tenth of one.
PATIENCE, FORGIVEN = 5.0, 0.1
SLOWER, FASTER = 1.25, 0.95  # factors on the interval: at each further refusal, and at each call accepted after it
SLOWEST, SLOWEST_SECONDS = 8.0, 2.0  # the largest factor, or the longest interval, whichever is longer


class RateLimiter:
    """Hand out one worker's slots: ``per_second`` of them in the long run. ``workers`` share the quota equally.

    A refused call may mean that another worker calls at the same moments. So the phase, which is the offset of all
    slots, moves at random. It moves for callers that already wait for a slot, too. The phase moves after a worker's
    first call too, because workers start together. If refusals go on, somebody else uses the quota: the interval grows,
    and shrinks with each accepted call. Growing it at once would give the workers different rhythms, which meet again
    and again. On an instance that allows one call per second, that cost half of the quota (ADR 16). Safe for several
    threads at once.
    """

    def __init__(self, clock: Clock, rng: random.Random, per_second: float, *, workers: int = 1) -> None:
        self._clock = clock
        self._rng = rng
        self._interval = 1 / (per_second * HEADROOM)
        quota = per_second * workers
        self._late = USABLE_BURST * max(0.0, max(BURST_SECONDS, MIN_BURST / quota) - workers / quota)
        self._factor, self._slowest = 1.0, max(SLOWEST, SLOWEST_SECONDS * per_second)
        self._strikes = 0.0
        self._due: float | None = None  # the next slot if all had been used; None before the first
        self._free = -math.inf  # the next slot must not be used before this
        self._moved = 0.0  # by how much all refusals together have moved the phase
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline, seconds: float) -> None:
        """Sleep until the next slot. Raise ``NOT_BEGUN`` at once if less than ``seconds`` would be left then."""
        with self._lock:
            now, moved = self._clock.monotonic(), self._moved
            slot = self._next_slot(now)
            _check(deadline, slot - now + seconds)
            self._take(slot, now)
        self._clock.sleep(slot - now)
        while (further := self._moved - moved) > 0:  # a refusal has moved this slot too
            _check(deadline, further + seconds)
            moved += further
            self._clock.sleep(further)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Learn from the call in the ``with`` block whether the instance accepts the rate."""
        try:
            yield
        except IngestError as error:
            if error.reason is Reason.THROTTLED:
                self.record_refusal()
            raise
        self.record_success()

    def seconds_until_slot(self) -> float:
        """Return the seconds until the next slot that nobody has taken."""
        with self._lock:
            now = self._clock.monotonic()
            return self._next_slot(now) - now

    def record_refusal(self) -> None:
        """Move the phase, and after several refusals slow down: the instance refused a call for its rate."""
        with self._lock:
            self._strikes = min(self._strikes + 1, PATIENCE + 1)
            if self._strikes > PATIENCE:
                self._factor = min(self._slowest, self._factor * SLOWER)
            shift = self._rng.uniform(0, self._interval)
            self._moved += shift
            self._free += shift
            self._due = max(self._due or 0.0, self._clock.monotonic()) + shift

    def record_success(self) -> None:
        """Forgive a part of a refusal, and return towards the full rate: the instance accepted a call."""
        with self._lock:
            self._strikes = max(0.0, self._strikes - FORGIVEN)
            self._factor = max(1.0, self._factor * FASTER)

    def _next_slot(self, now: float) -> float:
        return max(now, self._free, now if self._due is None else self._due)

    def _take(self, slot: float, now: float) -> None:
        interval = self._interval * self._factor
        if self._due is None:
            self._due = slot + self._rng.uniform(0, interval)
        self._due = max(self._due, now - self._late) + interval
        self._free = slot + interval * CATCHING_UP


def _check(deadline: Deadline, needed: float) -> None:
    if deadline.seconds_left() < needed:
        detail = f"the quota had no slot within the {deadline.seconds_left():.1f} s that were left"
        raise IngestError(Reason.NOT_BEGUN, detail, attempts=1)
