"""One input after the other on every core, in processes of their own: what kills or hangs one of them is found as well.

Each worker says which input it begins, so that its parent knows what it died of.
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
from tests.fuzz.mutation import mutated

Check = Callable[[bytes], str | None]
_MORE_MEMORY = 512 * 1024 * 1024  # bytes a worker may take beyond what it has when it begins
_HANGS_AFTER = 20  # seconds, of any clock


class Finding(NamedTuple):
    number: int
    words: str


class _Worker:
    """Does every ``step``-th input from ``first`` on, in a process of its own."""

    def __init__(self, first: int, step: int, checked: Check) -> None:
        context = get_context("spawn")
        self.messages, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(there, first, step, checked), daemon=True)
        with _not_interrupted():
            self._process.start()
        there.close()
        self.number = first  # of the input it is at
        self.began = math.inf  # what it imports before is no input's fault
        self.lost = False

    def hear(self) -> Finding | int:
        """The number of the input it begins now, what it has found, or what it died of."""
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
    """Ctrl+C is for the parent alone: what is started meanwhile goes on ignoring it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def hunt(
    first: int, workers: int, seconds: float, *, checked: Check = check, hangs_after: float = _HANGS_AFTER
) -> Iterator[Finding | int]:
    """Findings as they come, and of every input its number when it begins."""
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
    checked(mutated(first))  # imports what is imported late
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * page
    resource.setrlimit(resource.RLIMIT_AS, (taken + _MORE_MEMORY, resource.RLIM_INFINITY))
    for number in count(first, step):
        messages.send((number, None))
        if words := checked(mutated(number)):
            messages.send((number, words))
