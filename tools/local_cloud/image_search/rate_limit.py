"""Limit the calls of an instance (the references, "QPS limits").

The AddImage reference gives a rate and calls it a concurrency; the algorithm is not known. There are three kinds to
test with:
``token_bucket`` (the default) allows bursts of up to max(2, rate); ``calendar_second`` counts the calls of each second
of the clock; ``one_in_flight`` allows one call at a time.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from local_cloud.image_search.errors import ApiError

Clock = Callable[[], float]

# Calls per second. Searches, CheckImageExists and CompareSimilarByImage share "query", which is purchased. That
# CheckImageExists and CompareSimilarByImage count as queries is believed, not documented.
DOCUMENTED_RATES = {
    "delete": 20.0,
    "update": 20.0,
    "detail": 1.0,
    "dump": 1.0,
    "dump_list": 1.0,
    "increase_list": 1.0,
}


class Limiter(ABC):
    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Hold the call's place until it ends, latency included. Raise ``ApiError`` if there is none."""
        with self._lock:
            admitted = self._enter()
        if not admitted:
            raise ApiError("DeniedRequest")
        try:
            yield
        finally:
            with self._lock:
                self._leave()

    @abstractmethod
    def _enter(self) -> bool: ...

    def _leave(self) -> None:
        """Do nothing by default: most kinds do not depend on when a call ends."""
        return


class TokenBucket(Limiter):
    def __init__(self, rate: float, clock: Clock, capacity: float | None = None) -> None:
        super().__init__()
        self._rate = rate
        self._capacity = max(2.0, rate) if capacity is None else capacity
        self._clock = clock
        self._tokens = self._capacity
        self._filled = clock()

    def _enter(self) -> bool:
        now = self._clock()
        # A clock that is set back neither adds nor removes tokens.
        self._tokens = min(self._capacity, self._tokens + self._rate * max(0.0, now - self._filled))
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class CalendarSecond(Limiter):
    def __init__(self, rate: float, clock: Clock) -> None:
        super().__init__()
        self._allowed = max(1, int(rate))
        self._clock = clock
        self._second = int(clock())
        self._used = 0

    def _enter(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._used = second, 0
        self._used += 1
        return self._used <= self._allowed


class OneInFlight(Limiter):
    def __init__(self) -> None:
        super().__init__()
        self._busy = False

    def _enter(self) -> bool:
        if self._busy:
            return False
        self._busy = True
        return True

    def _leave(self) -> None:
        self._busy = False


KINDS: dict[str, Callable[[float, Clock], Limiter]] = {
    "token_bucket": TokenBucket,
    "calendar_second": CalendarSecond,
    "one_in_flight": lambda _rate, _clock: OneInFlight(),
}


def make_limiter(kind: str, rate: float, clock: Clock) -> Limiter:
    """Return a limiter of one of ``KINDS``. Raise ``ValueError`` for another kind or a rate of 0 or less."""
    if kind not in KINDS:
        raise ValueError(f"limiter {kind!r} is not one of {', '.join(KINDS)}")
    if not rate > 0:
        raise ValueError(f"the rate must be above 0, not {rate!r}")
    return KINDS[kind](rate, clock)


class RateLimits:
    """The limiters of an instance by their names: ``add``, ``query`` and those of ``DOCUMENTED_RATES``."""

    def __init__(self, add: Limiter, query: float, clock: Clock) -> None:
        self._first = DOCUMENTED_RATES | {"query": query}
        self._clock = clock
        self._limiters = {"add": add}
        self.reset()

    def find(self, name: str) -> Limiter | None:
        return self._limiters.get(name)

    def change(self, rates: Mapping[str, float]) -> None:
        """Set rates in calls per second. Raise ``ValueError`` for an unknown name or a rate of 0 or less."""
        unknown = sorted(rates.keys() - self._first.keys())
        if unknown:
            raise ValueError(f"rates: {', '.join(unknown)}: not one of {', '.join(self._first)}")
        self._limiters |= {name: make_limiter("token_bucket", rate, self._clock) for name, rate in rates.items()}

    def reset(self) -> None:
        self.change(self._first)
