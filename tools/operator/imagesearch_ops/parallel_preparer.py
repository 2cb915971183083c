"""Prepare files on every core, each in a child process, so that a crash ends the work on one file alone."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from math import inf
from queue import SimpleQueue
from typing import NamedTuple

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ops.input_files import InputFile, check_size, read_file
from imagesearch_ops.previews import Preview, Previewer
from imagesearch_ops.terminal_text import path_text

# Results per core that may wait for an earlier one. With fewer, a slow picture would hold up the others; with more,
# prepared pictures of up to 4 MB each could fill the memory.
_MAX_WAITING_PER_CORE = 16


@dataclass(frozen=True, slots=True)
class FileResult:
    """The outcome for one file: the fields of the JSON output (design, section 8), and ``detail`` for people."""

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
        """Return the fields of the JSON output."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Done(NamedTuple):
    """A file that was read, with its result and, if they are wanted, the prepared picture and two previews."""

    file: InputFile
    result: FileResult
    prepared: PreparedImage | None
    before: Preview | None = None
    after: Preview | None = None


class _Worker(NamedTuple):
    child: ChildProcess
    previewer: Previewer | None


class ParallelPreparer:
    """A pool of child processes that prepare files. Close it to stop them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        policy: Policy,
        *,
        keep_data: bool,
        preview_side: int = 0,
        wants_previews: Callable[[FileResult], bool] = lambda _: True,
    ) -> None:
        """Draw previews of up to ``preview_side`` pixels, unless that is 0, of the results that are wanted."""
        self._policy = policy
        self._wants_previews = wants_previews
        self._cores = _count_cores()
        self._keep_data = keep_data
        self._executor = ThreadPoolExecutor(self._cores)
        self._workers = [
            _Worker(ChildProcess(environ), Previewer(environ, preview_side) if preview_side else None)
            for _ in range(self._cores)
        ]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def run(self, files: Iterable[InputFile]) -> Iterator[Done | str]:
        """Yield the results in the order of ``files``; for a file that cannot be read, a line that says why.

        Raise ``INTERNAL_ERROR`` if no child process can be started.
        """
        waiting: deque[Future[Done | str]] = deque()
        for file in files:
            waiting.append(self._executor.submit(self._prepare, file))
            if len(waiting) >= self._cores * _MAX_WAITING_PER_CORE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """Stop the child processes and give up unfinished work."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.child.close()
            if worker.previewer:
                worker.previewer.close()
        self._executor.shutdown()

    def _prepare(self, file: InputFile) -> Done | str:
        """Read and prepare one file. Reading it only now keeps at most one file per core in memory."""
        worker = self._idle.get()
        try:
            worker.child.start()
            begun = time.perf_counter()
            try:
                size, data = read_file(file.path)
            except OSError as error:
                return f"{file.path}: cannot be read: {error.strerror}"
            outcome = _prepare_or_reject(worker.child, self._policy, size, data)
            result = _result(file, outcome, bytes_in=size, seconds=time.perf_counter() - begun)
            prepared = outcome if isinstance(outcome, PreparedImage) else None
            before = after = None
            if worker.previewer and self._wants_previews(result):
                before = worker.previewer.draw(data)
                after = worker.previewer.draw(prepared.data) if prepared else None
            return Done(file, result, prepared if self._keep_data else None, before, after)
        finally:
            self._idle.put(worker)


def _prepare_or_reject(child: ChildProcess, policy: Policy, size: int, data: bytes) -> PreparedImage | IngestError:
    try:
        check_size(size)
        return child.prepare(data, policy, inf)
    except IngestError as error:
        return error


def _result(file: InputFile, outcome: PreparedImage | IngestError, *, bytes_in: int, seconds: float) -> FileResult:
    prepared = outcome if isinstance(outcome, PreparedImage) else None
    error = outcome if isinstance(outcome, IngestError) else None
    return FileResult(
        path=path_text(file.path),
        outcome="prepared" if prepared else "rejected",
        reason=error.reason.code if error else None,
        format=prepared.format if prepared else None,
        width=prepared.width if prepared else None,
        height=prepared.height if prepared else None,
        bytes_in=bytes_in,
        bytes_out=len(prepared.data) if prepared else None,
        steps=prepared.steps if prepared else (),
        ms=round(seconds * 1000),
        detail=error.detail if error else None,
    )


def _count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
