"""Speak with the runner in lines of JSON: the versions first, then one answer per request.

Request: ``{"file", "limit", "output"}``. Answer: ``{"ms", "bytes", "idle_kb", "peak_kb"}``. The time covers the work
alone, from bytes in memory to bytes in memory. The runner checks the output.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

Work = Callable[[bytes, int], bytes]


def serve(work: Work, versions: dict[str, str]) -> None:
    """Answer requests until the input ends."""
    _send({"versions": versions})
    for line in sys.stdin:
        _send(_answer(work, json.loads(line)))


def _answer(work: Work, request: dict[str, str]) -> dict[str, float]:
    data = Path(request["file"]).read_bytes()
    idle = _read_idle_kb()
    start = perf_counter()
    output = work(data, int(request["limit"]))
    ms = (perf_counter() - start) * 1000
    peak = _read_memory_kb("VmHWM")
    Path(request["output"]).write_bytes(output)
    return {"ms": ms, "bytes": len(output), "idle_kb": idle, "peak_kb": peak}


def _read_idle_kb() -> int:
    """Return the memory in use, and reset the peak (proc_pid_clear_refs(5): 5 resets VmHWM)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _read_memory_kb("VmRSS")
    except OSError:  # not Linux, or not allowed: growth then counts from the peak so far, which is slightly less
        return _read_memory_kb("VmHWM")


def _read_memory_kb(field: str) -> int:
    """Return kilobytes; 0 without /proc."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition(f"{field}:")[2].split()[0])


def _send(message: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
