"""Repeating what may work later: bounded by attempts and by the time left, with jitter.

Our own loop of a dozen lines, since the libraries for it measure time by clocks of their own (ADR 3).
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline

R = TypeVar("R")

ATTEMPTS = 5  # for a transient fault; throttling is bounded by the time left alone
FIRST_WAIT_SECONDS = 0.4
LONGEST_WAIT_SECONDS = 8.0


@dataclass(slots=True)
class Budget:
    """What one object may spend on repeating, and what it has spent."""

    deadline: Deadline
    retries: int = 0
    reached_index: bool = False  # a call whose answer was lost may have been carried out all the same


@dataclass(frozen=True, slots=True)
class Retrier:
    """Calls until success, a fault that waiting does not mend, too many attempts, or too little time.

    ``request_seconds`` is how long one request may take: a call is repeated only if there is time for all of its
    requests after the wait.
    """

    clock: Clock
    rng: random.Random
    request_seconds: float

    def __call__(self, call: Callable[[], R], budget: Budget, *, requests: int = 1) -> R:
        """Returns what ``call`` returns, or raises the ``IngestError`` of its last attempt.

        With no time left it raises ``NOT_BEGUN`` without a call.
        """
        if budget.deadline.seconds_left() <= 0:
            raise IngestError(Reason.NOT_BEGUN, "no time was left")
        for attempt in itertools.count(1):
            try:
                return call()
            except IngestError as error:
                budget.reached_index |= error.reached_index
                wait = self._wait(attempt)
                needed = wait + self.request_seconds * requests
                if not _worth_repeating(error, attempt) or budget.deadline.seconds_left() < needed:
                    raise
                budget.retries += 1
                self.clock.sleep(wait)
        raise AssertionError("unreachable: count() has no end")

    def _wait(self, attempt: int) -> float:
        """Half of an exponentially growing wait is fixed, so that it grows; half is drawn, so that workers part."""
        ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1))
        return ceiling / 2 + self.rng.uniform(0, ceiling / 2)


def _worth_repeating(error: IngestError, attempt: int) -> bool:
    match error.reason.fault_class:
        case FaultClass.THROTTLED:
            return error.attempts is None or attempt < error.attempts
        case FaultClass.TRANSIENT:
            return attempt < (error.attempts or ATTEMPTS)
        case _:
            return error.attempts is not None and attempt < error.attempts
