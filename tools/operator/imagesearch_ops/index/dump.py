"""``index dump``: write every entry of the index to a file."""

from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.index.download import Download
from imagesearch_ops.index.fields import read_columns
from imagesearch_ops.index.normalising import Normalised, NotTrustedError, normalise
from imagesearch_ops.index.tasks import FinishedTask, ask_again, make_dump
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import InstanceClient, open_instance
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import check_replaceable, naming, replacing
from imagesearch_ops.stats import DEFAULT_SECONDS
from imagesearch_ops.terminal_text import printable

_REPORT = (
    "Nobody has documented what a dump looks like. Please report these lines, in which letters and digits are masked, "
    "at https://github.com/imagesearch-ingest/imagesearch-ingest/issues."
)


def run_dump(
    path: Path,
    columns: str | None,
    environ: Mapping[str, str],
    place: DeploymentOptions = SHELL,
    *,
    seconds: float = DEFAULT_SECONDS,
    as_json: bool,
) -> ExitCode:
    """Run the command: exit code 1 if the dump was not understood.

    ``seconds`` is how often a line tells how far it is; 0 is never.
    Raise ``InputError``, ``SettingsError``, ``OSError``, and ``IngestError`` if the instance does not export.
    """
    with reporting(as_json=as_json) as report:
        report.summary = {"lines": 0, "recognised": 0, "file": None, "raw": None}
        report.ending = lambda: "Nothing was written."
        names = read_columns(columns) if columns is not None else []
        check_replaceable(path)
        raw = path.with_name(f"{path.name}.raw")
        check_replaceable(raw)
        deployment = place.find(environ)
        output.message(deployment.describe())
        instance = open_instance(deployment)
        task = fetch_dump(instance, raw, Teller(seconds))
        report.summary |= {"task": task.name, "total_before": task.before, "total_after": task.after, "raw": str(raw)}
        found = Normalised(task.before, task.after)
        try:
            _write(raw, path, found, names)
            report.summary["file"] = str(path)
            report.ending = lambda: _describe(found, path)
        except NotTrustedError as error:
            _report_fault(error, found, path, report)
        finally:
            report.summary |= {"lines": found.lines, "recognised": found.recognised}
            report.summary |= {"form": found.form, "compression": found.compression}
            output.message(f"The dump as it came is in {raw}.")
        return report.code


def fetch_dump(instance: InstanceClient, raw: Path, teller: Teller) -> FinishedTask:
    """Let the instance export, and download the dump as it is. The file appears as a whole, or not at all."""
    with replacing(raw) as file:  # first, because an export is long, and a folder may be closed to this command
        task = make_dump(instance, teller)
        if task.url:
            with tracking("downloading, in bytes") as tracker:
                Download(instance.settings, lambda: ask_again(instance, task.name), file, raw, tracker.update).run(
                    task.url
                )
    return task


def _write(raw: Path, path: Path, found: Normalised, names: list[str]) -> None:
    """Write the entries. Raise ``NotTrustedError``, and leave no file, if the dump was not understood."""

    def write(line: bytes) -> None:
        with naming(path):
            target.write(line)

    with replacing(path) as target, tracking("reading lines", total=found.after) as tracker:
        normalise(raw, found, names, write=write, tell=tracker.update)
        found.check()


def _report_fault(error: NotTrustedError, found: Normalised, path: Path, report: Report) -> None:
    report.fail(ExitCode.FAILED, "dump_not_recognised", f"{error}. {path} was not written.")
    for line in found.show():
        output.message(f"  {line}")
    output.message(_REPORT)


def _describe(found: Normalised, path: Path) -> str:
    lost = found.lines - found.recognised
    more = f", {lost:,} lines not recognised" if lost else ""
    entries = f"{found.recognised:,} entr{'y' if found.recognised == 1 else 'ies'}"
    return f"{entries} written to {printable(str(path))} ({found.form}){more}"
