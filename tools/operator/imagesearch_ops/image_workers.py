"""Prepare pictures on every core, each in a child process, so that a crash ends the work on one picture alone."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from queue import SimpleQueue
from typing import NamedTuple

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ops.previews import Preview, Previewer

Outcome = PreparedImage | IngestError


class Previews(NamedTuple):
    """A picture before and after, as far as it can be drawn."""

    before: Preview | None = None
    after: Preview | None = None


class Worker:
    """One child that prepares pictures and, if they are wanted, one that draws previews."""

    def __init__(self, environ: Mapping[str, str], policy: Policy, preview_side: int) -> None:
        self._policy = policy
        self._child = ChildProcess(environ)
        self._previewer = Previewer(environ, preview_side) if preview_side else None

    def start(self) -> None:
        self._child.start()

    def prepare(self, data: bytes) -> Outcome:
        """Return the prepared picture, or why it is rejected. Raise ``INTERNAL_ERROR`` if no child can be started."""
        try:
            return self._child.prepare(data, self._policy, inf)
        except IngestError as error:
            return error

    def draw(self, data: bytes, outcome: Outcome) -> Previews:
        """Return previews of what came in and of what would be sent."""
        if self._previewer is None:
            return Previews()
        after = self._previewer.draw(outcome.data) if isinstance(outcome, PreparedImage) else None
        return Previews(self._previewer.draw(data), after)

    def close(self) -> None:
        self._child.close()
        if self._previewer:
            self._previewer.close()


class ImageWorkers:
    """One worker per core. Safe for several threads, which take turns. Close it to stop the children."""

    def __init__(self, environ: Mapping[str, str], policy: Policy, *, preview_side: int = 0) -> None:
        """Draw previews of up to ``preview_side`` pixels, unless that is 0."""
        self._all = [Worker(environ, policy, preview_side) for _ in range(count_cores())]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._all:
            self._idle.put(worker)

    @contextmanager
    def take(self) -> Iterator[Worker]:
        """Yield an idle worker, started, as soon as there is one."""
        worker = self._idle.get()
        try:
            worker.start()
            yield worker
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        for worker in self._all:
            worker.close()


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
