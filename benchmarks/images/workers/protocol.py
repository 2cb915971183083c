"""What a worker says: its versions first, then for each line asked one line answered, both JSON.

Asked: ``{"file", "limit", "output"}``. Answered: ``{"ms", "bytes", "idle_kb", "peak_kb"}``, where the time is the
work's alone, from bytes in memory to bytes in memory. Whether the output is right, the runner sees for itself.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

Work = Callable[[bytes, int], bytes]


def serve(work: Work, versions: dict[str, str]) -> None:
    """Until there is nothing more to read."""
    _say({"versions": versions})
    for line in sys.stdin:
        _say(_answer(work, json.loads(line)))


def _answer(work: Work, asked: dict[str, str]) -> dict[str, float]:
    data = Path(asked["file"]).read_bytes()
    idle = _idle_kb()
    start = perf_counter()
    output = work(data, int(asked["limit"]))
    ms = (perf_counter() - start) * 1000
    peak = _memory_kb("VmHWM")
    Path(asked["output"]).write_bytes(output)
    return {"ms": ms, "bytes": len(output), "idle_kb": idle, "peak_kb": peak}


def _idle_kb() -> int:
    """The memory in use now, from which on the peak is counted (proc_pid_clear_refs(5): 5 resets VmHWM)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _memory_kb("VmRSS")
    except OSError:  # no Linux, or not allowed: then growth counts from the highest so far, which is a little less
        return _memory_kb("VmHWM")


def _memory_kb(field: str) -> int:
    """0 where there is no /proc: the table then has no memory."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition(f"{field}:")[2].split()[0])


def _say(message: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
