"""Let threads take turns at a call of a service, without each of them waiting for the same failure."""

import threading
from collections.abc import Callable
from typing import TypeVar

from imagesearch_ingest.model.errors import IngestError

R = TypeVar("R")


class Turns:
    """A lock around a call. Whoever waits for a turn in which the call fails shares its failure.

    Otherwise a service that does not answer would hold up each thread for its whole timeout, one after the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[IngestError] = []  # the latest alone
        self._failed = 0

    def take(self, call: Callable[[], R]) -> R:
        """Return what ``call`` returns. Raise its ``IngestError``, or that of the turn before."""
        failed = self._failed
        with self._lock:
            if self._failed != failed:
                raise self._faults[0].again()
            try:
                return call()
            except IngestError as error:
                self._faults = [error.again()]  # without frames, which hold secrets
                self._failed += 1
                raise
