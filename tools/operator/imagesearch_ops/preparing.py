"""Prepares pictures on every core: a thread and a child process each, so that a picture can kill nobody but itself."""

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from math import inf
from queue import SimpleQueue
from typing import NamedTuple

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ops.picture_files import PictureFile, check_size, read_picture

# Results that may wait for an earlier one, a core: so many that a slow picture seldom holds up the others, so few that
# prepared pictures, of 4 MB at most, do not fill the memory.
_AHEAD = 16


@dataclass(frozen=True, slots=True)
class PictureResult:
    """What became of one file: the fields of the operator's output (design, section 8), and ``detail`` for people."""

    path: str
    outcome: str
    reason: str | None
    format: str | None
    width: int | None
    height: int | None
    bytes_in: int
    bytes_out: int | None
    steps: tuple[str, ...]
    ms: int
    detail: str | None = None

    def public(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "detail"}


class Done(NamedTuple):
    file: PictureFile
    result: PictureResult
    prepared: PreparedImage | None


class Preparing:
    """Close it, and what is being prepared is given up."""

    def __init__(self, environ: Mapping[str, str], *, keep_data: bool) -> None:
        self._cores = _cores()
        self._keep_data = keep_data
        self._executor = ThreadPoolExecutor(self._cores)
        self._children = [ChildProcess(environ) for _ in range(self._cores)]
        self._idle: SimpleQueue[ChildProcess] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)

    def run(self, files: Iterable[PictureFile]) -> Iterator[Done | str]:
        """In the order of ``files``; a line for each that cannot be read.

        Raises ``INTERNAL_ERROR`` when no child process can be started.
        """
        waiting: deque[Future[Done | str]] = deque()
        for file in files:
            waiting.append(self._executor.submit(self._prepare, file))
            if len(waiting) >= self._cores * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.close()
        self._executor.shutdown()

    def _prepare(self, file: PictureFile) -> Done | str:
        """Read only now, so that no more pictures are in memory than there are cores."""
        child = self._idle.get()
        try:
            child.start()
            begun = time.perf_counter()
            try:
                size, data = read_picture(file.path)
            except OSError as error:
                return f"{file.path}: cannot be read: {error.strerror}"
            outcome = _prepared_or_refused(child, size, data)
            result = _result(file, outcome, bytes_in=size, seconds=time.perf_counter() - begun)
            return Done(file, result, outcome if self._keep_data and isinstance(outcome, PreparedImage) else None)
        finally:
            self._idle.put(child)


def _prepared_or_refused(child: ChildProcess, size: int, data: bytes) -> PreparedImage | IngestError:
    try:
        check_size(size)
        return child.prepare(data, Policy(), inf)
    except IngestError as error:
        return error


def _result(file: PictureFile, outcome: PreparedImage | IngestError, *, bytes_in: int, seconds: float) -> PictureResult:
    prepared = outcome if isinstance(outcome, PreparedImage) else None
    refusal = outcome if isinstance(outcome, IngestError) else None
    return PictureResult(
        path=str(file.path),
        outcome="prepared" if prepared else "rejected",
        reason=refusal.reason.code if refusal else None,
        format=prepared.format if prepared else None,
        width=prepared.width if prepared else None,
        height=prepared.height if prepared else None,
        bytes_in=bytes_in,
        bytes_out=len(prepared.data) if prepared else None,
        steps=prepared.steps if prepared else (),
        ms=round(seconds * 1000),
        detail=refusal.detail if refusal else None,
    )


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
