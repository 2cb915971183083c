"""Report what a command does: data on standard output, and a summary as the last line, always."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops import output
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.faults import explain, find_hint
from imagesearch_ops.run_folder import new_run

MOST_ROWS = 1000  # of a table or a page
_ENDS = {
    ExitCode.INTERRUPTED: ("interrupted", "The command was interrupted."),
    ExitCode.TERMINATED: ("terminated", "The command was terminated."),
}


@dataclass(slots=True)
class Report:
    """What is known so far. It is printed at the end, also after an error.

    ``summary`` is for ``--json``. ``ending`` returns the same as a line for people.
    """

    as_json: bool
    run: str = field(default_factory=new_run)
    summary: dict[str, Any] = field(default_factory=dict)
    code: ExitCode = ExitCode.OK
    error: dict[str, Any] | None = None
    ending: Callable[[], str] | None = None

    def line(self, value: object) -> None:
        """Print one line of data, if lines are wanted."""
        if self.as_json:
            output.json_line(value)

    def say_if_cut(self, records: int) -> None:
        """Tell a person that a table shows only the first of its records."""
        if records > MOST_ROWS:
            output.message(f"Only the first {MOST_ROWS} are shown. Use --json to see all.")

    def fail(self, code: ExitCode, reason: str, message: str) -> None:
        """Tell a person why the command is not a success, and let it go on. The worst code counts."""
        output.message(message)
        if self.code != ExitCode.FAILED:
            self.code = code
        self.error = self.error or {"code": int(code), "reason": reason, "message": message, "hint": None}


@contextmanager
def reporting(*, as_json: bool) -> Iterator[Report]:
    """Yield the report, and print its summary whatever happens in the block. Errors pass."""
    report = Report(as_json)
    began = time.monotonic()
    try:
        yield report
    except SystemExit as end:
        report.code = next((code for code in ExitCode if code == end.code), ExitCode.FAILED)
        reason, message = _ENDS.get(report.code, ("failed", "The command failed."))
        report.error = {"code": int(report.code), "reason": reason, "message": message, "hint": None}
        raise
    except (IngestError, InputError, SettingsError, OSError) as error:
        message, report.code = explain(error)
        report.error = {
            "code": int(report.code),
            "reason": _name(error),
            "message": error.detail if isinstance(error, IngestError) else message,
            "hint": find_hint(error) if isinstance(error, IngestError) else None,
        }
        raise
    except Exception as error:
        report.code = ExitCode.FAILED
        report.error = {"code": 1, "reason": "internal_error", "message": type(error).__name__, "hint": None}
        raise
    finally:
        if as_json:
            about = {"v": 1, "run": report.run, **report.summary}
            about |= {"seconds": round(time.monotonic() - began, 3), "exit": int(report.code), "error": report.error}
            output.json_line({"summary": about})
        elif report.ending:
            output.plain(report.ending())


def _name(error: Exception) -> str:
    if isinstance(error, IngestError):
        return error.reason.code
    return "usage" if isinstance(error, InputError | SettingsError) else "system"
