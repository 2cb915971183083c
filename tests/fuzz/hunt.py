"""Check one input after the other on every core, in separate processes, so that crashes and hangs are found, too.

Each worker reports the input that it begins, so that its parent knows which one killed it.
"""

import math
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.checking import check
from tests.fuzz.mutation import mutate

Check = Callable[[bytes], str | None]
_MORE_MEMORY = 512 * 1024 * 1024  # bytes that a worker may take beyond its memory at the start
_HANGS_AFTER = 20  # seconds, of any clock


class Finding(NamedTuple):
    number: int
    words: str


class _Worker:
    """A process that checks every ``step``-th input from ``first`` on."""

    def __init__(self, first: int, step: int, checked: Check) -> None:
        context = get_context("spawn")
        self.messages, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(there, first, step, checked), daemon=True)
        with _not_interrupted():
            self._process.start()
        there.close()
        self.number = first  # of the current input
        self.began = math.inf  # imports must not count for an input
        self.lost = False

    def hear(self) -> Finding | int:
        """Return the number of the input that begins, a finding, or the cause of the worker's death."""
        try:
            number, words = self.messages.recv()
        except (EOFError, OSError):
            self._process.join()
            self.lost = True
            return Finding(self.number, f"killed its process, which ended with {self._process.exitcode}")
        self.number, self.began = number, time.monotonic()
        return Finding(number, words) if words else number

    def give_up(self, seconds: float) -> Finding:
        self.lost = True
        return Finding(self.number, f"no end after {seconds:g} s")

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.messages.close()


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Ignore Ctrl+C in processes started meanwhile: only the parent handles it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def hunt(
    first: int, workers: int, seconds: float, *, checked: Check = check, hangs_after: float = _HANGS_AFTER
) -> Iterator[Finding | int]:
    """Yield findings as they come, and the number of every input that begins."""
    ends = time.monotonic() + seconds
    crew = [_Worker(first + place, workers, checked) for place in range(workers)]
    try:
        while time.monotonic() < ends:
            ready = set(wait([worker.messages for worker in crew], timeout=0.2))
            for place, worker in enumerate(crew):
                if worker.messages in ready:
                    yield worker.hear()
                elif time.monotonic() - worker.began > hangs_after:
                    yield worker.give_up(hangs_after)
                if worker.lost:
                    worker.stop()
                    crew[place] = _Worker(worker.number + workers, workers, checked)
    finally:
        for worker in crew:
            worker.stop()


def _work(messages: Connection, first: int, step: int, checked: Check) -> None:
    page = resource.getpagesize()
    messages.send((first, None))
    checked(mutate(first))  # triggers the lazy imports
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * page
    resource.setrlimit(resource.RLIMIT_AS, (taken + _MORE_MEMORY, resource.RLIM_INFINITY))
    for number in count(first, step):
        messages.send((number, None))
        if words := checked(mutate(number)):
            messages.send((number, words))
