"""The memory of a process and its children, by what Linux counts of each (proc(5))."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE_SECONDS = 0.05


class Peaks:
    """The most that each process of the tree has had at once.

    They need not have had it at the same time: the sum is what the tree cannot have exceeded.
    """

    def __init__(self) -> None:
        self.mb: dict[int, float] = {}

    @property
    def sum_mb(self) -> float:
        return sum(self.mb.values())

    def look(self, pid: int) -> None:
        with suppress(OSError):  # it may end at any moment
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                self.mb[pid] = int(found[1]) * 1024 / 1e6
            for child in _children(pid):
                self.look(child)


@contextmanager
def peaks_of(roots: Callable[[], Iterable[int]]) -> Iterator[Peaks]:
    """Of these processes, whichever there are. Looks again and again, since what a child had is gone with it."""
    peaks, over = Peaks(), threading.Event()

    def look() -> None:
        for pid in list(roots()):
            peaks.look(pid)

    def watch() -> None:
        while not over.wait(_PAUSE_SECONDS):
            look()

    watcher = threading.Thread(target=watch, name="process-tree")
    watcher.start()
    try:
        yield peaks
        look()
    finally:
        over.set()
        watcher.join()


def _children(pid: int) -> list[int]:
    """Of all its threads: each has its own."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text(encoding="ascii").split()]
