"""The peak memory of a process and its children, as Linux counts it (proc(5))."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE_SECONDS = 0.05


class Peaks:
    """The peak memory of each process of a tree, in megabytes by process ID.

    The peaks need not coincide, so their sum is an upper bound for the tree.
    """

    def __init__(self) -> None:
        self.mb: dict[int, float] = {}

    @property
    def sum_mb(self) -> float:
        """Return the sum of all peaks."""
        return sum(self.mb.values())

    def update(self, pid: int) -> None:
        """Read the peaks of a process and its children."""
        with suppress(OSError):  # the process may end at any moment
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                self.mb[pid] = int(found[1]) * 1024 / 1e6
            for child in _children(pid):
                self.update(child)


@contextmanager
def peaks_of(roots: Callable[[], Iterable[int]]) -> Iterator[Peaks]:
    """Yield the peaks of these processes, read again and again: the kernel forgets a child that has ended."""
    peaks, over = Peaks(), threading.Event()

    def read() -> None:
        for pid in list(roots()):
            peaks.update(pid)

    def watch() -> None:
        while not over.wait(_PAUSE_SECONDS):
            read()

    watcher = threading.Thread(target=watch, name="process-tree")
    watcher.start()
    try:
        yield peaks
        read()
    finally:
        over.set()
        watcher.join()


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text(encoding="ascii").split()]
