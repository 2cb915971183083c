"""Run ``audit`` inside a function, and count what it found for an alarm (ADR 58).

The command is the one of the command line, with the settings of this process. ``AUDIT_URL`` names the bucket or a
prefix in it. ``AUDIT_PREFIXES`` names prefixes below it, separated by commas: each is audited, and the metrics are the
sums. ``INGEST_STACK_NAME`` is the dimension ``stack`` of the metrics. Drift is no failure of the function: an alarm
watches its metric. Every other end but success is a failure.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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

URL, PREFIXES, STACK = "AUDIT_URL", "AUDIT_PREFIXES", "INGEST_STACK_NAME"
_MOST_LINES = 100  # of differences in the log, which is billed by its size
_SPARE_SECONDS = 15.0  # of the function's time, in which its end is told
_TIME_IS_OVER = "the function's time is over. Audit from a machine: docs/operating.md, Audit on a schedule"
_COMPLETED = {ExitCode.OK, ExitCode.DRIFT}
# The metrics, and the fields of the summary that they count.
_METRICS = {
    "Drift": ("drifted",),
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
        code = _run_each(list_urls(environ), Path(state), environ)
    is_failed = code not in _COMPLETED
    summary = _add_up(lines.summaries, code)
    _write_metrics(environ.get(STACK), summary, out, failed=is_failed)
    if is_failed:
        raise AuditError(f"the audit failed: {_TIME_IS_OVER if code == ExitCode.TERMINATED else _explain(summary)}")
    return summary


def list_urls(environ: Mapping[str, str]) -> list[str | None]:
    """Return what to audit, each object once; ``None`` is the deployment's bucket, with its prefix."""
    url = environ.get(URL) or None
    prefixes = list(dict.fromkeys(filter(None, environ.get(PREFIXES, "").split(","))))
    if not url or not prefixes:
        return [url]
    return [url + one for one in prefixes if not any(one.startswith(other) and one != other for other in prefixes)]


def _run_each(urls: Sequence[str | None], state: Path, environ: Mapping[str, str]) -> int | None:
    """Return how the first audit ended that did not complete, or else whether there is drift."""
    codes: list[int | None] = []
    for number, url in enumerate(urls):
        codes.append(_run(Wanted(url, state=state / f"run-{number}"), environ))
        if codes[-1] not in _COMPLETED:
            return codes[-1]
    return ExitCode.DRIFT if ExitCode.DRIFT in codes else ExitCode.OK


def _add_up(summaries: Sequence[Mapping[str, Any]], code: int | None) -> dict[str, Any]:
    """Return the only summary, the last one of a failed audit, or the sums of several."""
    if len(summaries) < 2 or code not in _COMPLETED:  # noqa: PLR2004 - several
        return dict(summaries[-1]) if summaries else {}
    counted = {field for fields in _METRICS.values() for field in fields} | {"listed", "indexed", "same"}
    return {field: sum(one[field] for one in summaries) for field in sorted(counted)} | {"exit": code}


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
    """Take the lines of ``--json``: keep the summaries, and pass them and the first differences on to the log."""

    def __init__(self, out: TextIO) -> None:
        self.summaries: list[dict[str, Any]] = []
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
            self.summaries.append(json.loads(line)["summary"])
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
