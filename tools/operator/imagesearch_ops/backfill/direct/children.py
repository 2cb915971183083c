"""Prepare several pictures at once, each in a child process, so that none can end the run."""

from collections.abc import Mapping
from math import ceil
from queue import SimpleQueue

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ops.image_workers import count_cores

_PER_SECOND = 10.0  # pictures that one child surely prepares in a second; large ones take longer


class Children:
    """An ``IsolatedPreparer`` with as many children as the rate needs, at most one per core."""

    def __init__(self, environ: Mapping[str, str], rate: float) -> None:
        self.number = min(count_cores(), max(1, ceil(rate / _PER_SECOND)))
        self._all = [ChildProcess(environ) for _ in range(self.number)]
        self._idle: SimpleQueue[ChildProcess] = SimpleQueue()
        for child in self._all:
            self._idle.put(child)

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        """Return the prepared image. Raise as ``ChildProcess.prepare`` does."""
        child = self._idle.get()
        try:
            return child.prepare(data, policy, seconds)
        finally:
            self._idle.put(child)

    def close(self) -> None:
        """End the children, also while they prepare images."""
        for child in self._all:
            child.close()
