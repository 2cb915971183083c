"""What a run leaves behind: processes, those of killed workers too, and descriptors. Linux alone."""

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
    """From now on, whoever loses its parent becomes this process's child, so that it can be seen."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def remaining(what: Callable[[], set[str]], before: AbstractSet[str] = frozenset()) -> list[str]:
    """What is still there, and was not before, when it had time to end."""
    end = time.monotonic() + _GRACE_SECONDS
    while (found := what() - before) and time.monotonic() < end:
        time.sleep(0.05)
    return sorted(found)


def threads() -> set[str]:
    return {f"{thread.name} ({thread.ident})" for thread in threading.enumerate()}


def descriptors() -> set[str]:
    """Sockets and pipes."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            found.add(str(path.readlink()))
    return {target for target in found if target.startswith(("socket:", "pipe:"))}


def processes() -> set[str]:
    """Children, by number and command line; the dead ones are buried."""
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
