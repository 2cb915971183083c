"""Repeat calls that may succeed later: bounded by attempts and by the time left, with jitter.

No library is used for this loop, because each reads its own clock, which a test cannot move (ADR 3).
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline

R = TypeVar("R")

MAX_TRIES = 5  # for a transient fault; only the time left bounds a throttled call
FIRST_WAIT_SECONDS = 0.4
LONGEST_WAIT_SECONDS = 8.0


@dataclass(slots=True)
class Budget:
    """The time in which one object may repeat calls, and how many calls it has repeated."""

    deadline: Deadline
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Retrier:
    """Repeat a call until it succeeds, fails for good, or runs out of tries or time.

    ``request_seconds`` is how long one request may take: a call is repeated only if it can end before the deadline.
    """

    clock: Clock
    rng: random.Random
    request_seconds: float

    def __call__(self, call: Callable[[], R], budget: Budget, *, requests: int = 1) -> R:
        """Return what ``call`` returns, over as many tries as it needs. ``requests`` is how many requests it makes.

        Raise the ``IngestError`` of the last try, or ``NOT_BEGUN`` without a call if no time is left.
        """
        for attempt in self.tries(budget, requests=requests):
            with attempt:
                return call()
        raise AssertionError("unreachable: the last try raises")

    def tries(self, budget: Budget, *, requests: int = 1) -> Iterator["Try"]:
        """Yield one context manager after the other, until the body of one raises no fault that is worth repeating.

        The body stays in the caller's own frame. Raise as ``__call__`` does.
        """
        if budget.deadline.seconds_left() <= 0:
            raise IngestError(Reason.NOT_BEGUN, "no time was left")
        faults: Counter[Reason] = Counter()
        for number in itertools.count(1):
            attempt = Try(self, budget, number, requests, faults)
            yield attempt
            if not attempt.failed:
                return
            budget.retries += 1
            self.clock.sleep(attempt.wait_seconds)

    def seconds_after(self, number: int) -> float:
        """Return the seconds to wait after try ``number``.

        They grow with each try, and half of them are random: otherwise workers would retry together.
        """
        ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (number - 1))
        return ceiling / 2 + self.rng.uniform(0, ceiling / 2)


@dataclass(slots=True)
class Try:
    """One try of a call. Its ``with`` block swallows a fault that is worth repeating, and lets any other one out.

    ``requests`` is how many requests the next try makes. ``faults`` counts the faults of all tries by their reasons.
    """

    retrier: Retrier
    budget: Budget
    number: int
    requests: int
    faults: Counter[Reason]
    failed: bool = False
    wait_seconds: float = 0.0

    def __enter__(self) -> None:
        """Do nothing: the wait before this try has passed."""

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        """Decide whether the fault in the ``with`` block is worth another try.

        Raise ``NOT_BEGUN`` instead of a fault that would reject the object if only the time for another try is missing.
        """
        if not isinstance(error, IngestError):
            return False
        self.failed = True
        self.faults[error.reason] += 1
        self.wait_seconds = self.retrier.seconds_after(self.number)
        needed = self.wait_seconds + self.retrier.request_seconds * self.requests
        if not is_worth_repeating(error, self.number, self.faults[error.reason]):
            return False
        if self.budget.deadline.seconds_left() >= needed:
            error.without_frames()
            return True
        if error.reason.fault_class is FaultClass.PERMANENT:
            detail = f"no time was left for another try after {error.detail}"
            raise IngestError(Reason.NOT_BEGUN, detail, service_code=error.service_code) from error
        return False


def is_worth_repeating(error: IngestError, tries: int, times: int) -> bool:
    """Return whether a call may succeed at its next try, after ``tries`` in all.

    ``times`` is how many of them failed for the same reason as ``error``. A bound of its own counts only these: other
    faults of the same call must not use it up.
    """
    if error.attempts is not None:
        return times < error.attempts
    match error.reason.fault_class:
        case FaultClass.THROTTLED:
            return True
        case FaultClass.TRANSIENT:
            return tries < MAX_TRIES
        case _:
            return False
