"""Repeat requests whose faults may pass, and stop waiting as soon as the command ends."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from imagesearch_ingest.bootstrap.common import SystemClock
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier

R = TypeVar("R")

_SECONDS = 60.0  # for one request and its repetitions
_REQUEST_SECONDS = 13.0  # connecting and reading, at most


class Patience:
    """Repeat a call as the function does. Safe for several threads at once."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._clock = StoppableClock()
        self._retry = Retrier(self._clock, random.Random(), _REQUEST_SECONDS)

    def __call__(self, call: Callable[[], R]) -> R:
        """Return what ``call`` returns. Raise the ``IngestError`` of the last try, or ``NOT_BEGUN`` once stopped."""
        return self._retry(call, Budget(Deadline.after(self._clock, self._seconds)))

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self._clock.stopped.set()


class StoppableClock(SystemClock):
    """A clock whose waits end at once, with ``NOT_BEGUN``, as soon as ``stopped`` is set."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def sleep(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise IngestError(Reason.NOT_BEGUN, "the command has ended")
