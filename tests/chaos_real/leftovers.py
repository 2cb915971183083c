"""Find what a run leaves behind: processes, also those of killed workers, threads and descriptors. Linux only."""

import ctypes
import os
import threading
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_GRACE_SECONDS = 5.0


def adopt_orphans() -> None:
    """Make this process the parent of all orphans below it, so that ``processes`` finds them."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def remaining(what: Callable[[], set[str]], before: AbstractSet[str] = frozenset()) -> list[str]:
    """Return what was not there before and does not end within the grace period."""
    end = time.monotonic() + _GRACE_SECONDS
    while (found := what() - before) and time.monotonic() < end:
        time.sleep(0.05)
    return sorted(found)


def threads() -> set[str]:
    return {f"{thread.name} ({thread.ident})" for thread in threading.enumerate()}


def descriptors() -> set[str]:
    """Return the open sockets and pipes."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the descriptor of this listing
            found.add(str(path.readlink()))
    return {target for target in found if target.startswith(("socket:", "pipe:"))}


def processes() -> set[str]:
    """Return the child processes by number and command line. Reap the dead ones."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.add(f"{path.name}: {line}")
    return found
