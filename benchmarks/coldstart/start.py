"""One cold start: a new process imports its handler and answers one event."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.coldstart.runtime_api import TIMEOUT_SECONDS, RuntimeApi


class StartError(Exception):
    """The process ended or its handler failed before it answered."""


@dataclass(frozen=True, slots=True)
class Started:
    """Milliseconds since the start of the process, and its peak memory in MiB."""

    imported_ms: float
    answered_ms: float
    peak_mb: float


def start(command: Sequence[str], environ: Mapping[str, str], payload: bytes) -> Started:
    """Return the times of a new process, which is killed once it has answered. Raise ``StartError``."""
    with RuntimeApi(payload) as api, TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, env={**environ, "AWS_LAMBDA_RUNTIME_API": api.address}, stdout=output, stderr=output
        )
        try:
            _wait(process, api)
            peak_mb = _peak_mb(process.pid) if process.poll() is None else 0.0
        finally:
            process.kill()
            process.wait()
        if not api.answered_at or api.failure:
            output.seek(0)
            raise StartError(f"{api.failure or process.returncode}\n{output.read().decode(errors='replace')}")
        return Started((api.asked_at - begun) * 1000, (api.answered_at - begun) * 1000, peak_mb)


def _wait(process: subprocess.Popen[bytes], api: RuntimeApi) -> None:
    end = time.monotonic() + TIMEOUT_SECONDS
    while not api.over.wait(0.1) and process.poll() is None and time.monotonic() < end:
        pass


def _peak_mb(pid: int) -> float:
    """Return the peak memory that Linux counts (proc(5), VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
