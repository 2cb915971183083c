"""Run ``audit`` inside a function, and count what it found for an alarm (ADR 58).

The command is the one of the command line, with the settings of this process. ``AUDIT_URL`` names the bucket or the
prefix, and ``INGEST_STACK_NAME`` is the dimension ``stack`` of the metrics. Drift is no failure of the function: an
alarm watches its metric. Every other end but success is a failure.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import TextIOBase
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops.audit.auditing import run_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode

URL, STACK = "AUDIT_URL", "INGEST_STACK_NAME"
_MOST_LINES = 100  # of differences in the log, which is billed by its size
_SPARE_SECONDS = 15.0  # of the function's time, in which its end is told
_TIME_IS_OVER = "the function's time is over. Audit from a machine: docs/operating.md, Audit on a schedule"
_COMPLETED = {ExitCode.OK, ExitCode.DRIFT}
# The metrics, and the fields of the summary that they count.
_METRICS = {
    "Drift": ("missing", "orphaned"),
    "Missing": ("missing",),
    "Orphaned": ("orphaned",),
    "KnownRejected": ("known_rejected",),
    "Foreign": ("foreign",),
}


class AuditError(Exception):
    """An audit that has compared nothing, or not everything. The message says why."""


def audit_on_schedule(environ: Mapping[str, str], *, seconds_left: float) -> dict[str, Any]:
    """Return the summary of an audit, and write its metrics. Raise ``AuditError`` if it did not come to its end."""
    out = sys.stdout
    lines = _Lines(out)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # for the audit's own processes
    with tempfile.TemporaryDirectory(prefix="audit") as state, redirect_stdout(lines), _terminating(seconds_left):
        code = _run(Wanted(environ.get(URL) or None, state=Path(state) / "run"), environ)
    _write_metrics(environ.get(STACK), lines.summary, out, failed=code not in _COMPLETED)
    if code not in _COMPLETED:
        raise AuditError(
            f"the audit failed: {_TIME_IS_OVER if code == ExitCode.TERMINATED else _explain(lines.summary)}"
        )
    return lines.summary


def _run(wanted: Wanted, environ: Mapping[str, str]) -> int | None:
    """Return how the audit ended. After an error it has printed a summary, which says why."""
    try:
        return run_audit(wanted, environ, as_json=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else None
    except (IngestError, InputError, SettingsError, OSError):
        return None


def _explain(summary: Mapping[str, Any]) -> str:
    return (summary.get("error") or {}).get("message") or "it said nothing"


@contextmanager
def _terminating(seconds_left: float) -> Iterator[None]:
    """Terminate the block as SIGTERM does, shortly before the function is killed. So it cleans up, and can be told."""

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(ExitCode.TERMINATED)

    previous = signal.signal(signal.SIGALRM, terminate)
    signal.setitimer(signal.ITIMER_REAL, max(seconds_left - _SPARE_SECONDS, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


class _Lines(TextIOBase):
    """Take the lines of ``--json``: keep the summary, and pass the first differences and the summary on to the log."""

    def __init__(self, out: TextIO) -> None:
        self.summary: dict[str, Any] = {}
        self._out = out
        self._rest = ""
        self._passed = 0

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def _take(self, line: str) -> None:
        if line.startswith('{"summary"'):
            self.summary = json.loads(line)["summary"]
        elif self._passed >= _MOST_LINES:
            return
        self._passed += 1
        self._out.write(f"{line}\n")


def _write_metrics(stack: str | None, summary: Mapping[str, Any], out: TextIO, *, failed: bool) -> None:
    """Write one line in CloudWatch's embedded format. What a failed audit has counted proves nothing."""
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    if stack:
        metrics.add_dimension(name="stack", value=stack)
    metrics.add_metric(name="AuditFailed", unit=MetricUnit.Count, value=int(failed))
    if not failed:
        for name, fields in _METRICS.items():
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=sum(summary[field] for field in fields))
    out.write(json.dumps(metrics.serialize_metric_set(), separators=(",", ":")) + "\n")
    out.flush()
