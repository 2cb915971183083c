"""``prepare``: show what the function would send of each picture, or why it would reject it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rich.text import Text

from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.input_files import InputFile, find_files
from imagesearch_ops.output_folder import OutputFolder
from imagesearch_ops.parallel_preparer import Done, FileResult, ParallelPreparer
from imagesearch_ops.picture_page import PicturePage, start_page
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.terminal_text import printable

_STYLES = {"prepared": "green", "rejected": "yellow"}


class PrepareOptions(NamedTuple):
    """What to write and to show. ``folder`` is for the prepared pictures, and ``html`` for a page about them."""

    folder: Path | None = None
    html: Path | None = None
    problems_only: bool = False


def run_prepare(
    paths: Sequence[Path], options: PrepareOptions, environ: Mapping[str, str], *, as_json: bool
) -> ExitCode:
    """Run the command. Results keep the order of the files: JSON lines as they come, the table at the end.

    Raise ``SettingsError`` and ``InputError`` before any file is prepared, and ``OSError`` with a one-line message if a
    result cannot be written.
    """
    with reporting(as_json=as_json) as report:
        settings = read_local_settings(environ)
        found = find_files(paths)
        page = start_page(options.html, found) if options.html else None
        target = OutputFolder(options.folder, paths, found.files) if options.folder else None
        seen = _Seen(report, unread=list(found.faults), problems_only=options.problems_only)
        for fault in seen.unread:
            output.message(fault)
        try:
            _prepare(found.files, settings, environ, seen, target=target, page=page)
        finally:
            seen.show()
        if page:
            page.write(paths, seen.unread)
        return report.code


def _prepare(
    files: Sequence[InputFile],
    settings: Settings,
    environ: Mapping[str, str],
    seen: "_Seen",
    *,
    target: OutputFolder | None,
    page: PicturePage | None,
) -> None:
    # JSON lines on the same terminal leave no line for the bar.
    has_line = not (seen.report.as_json and output.is_data_shown())
    with (
        closing(_start(environ, settings, keep_data=target is not None, page=page)) as preparer,
        tracking("preparing", total=len(files), shown=has_line) as tracker,
    ):
        for number, done in enumerate(preparer.run(files), 1):
            tracker.update(number, counts=seen.counts)
            if isinstance(done, str):
                seen.add_unread(done)
                continue
            _write(done, target)
            seen.add(done.result)
            if page:
                page.add(done)


@dataclass(slots=True)
class _Seen:
    """What is known of the files so far."""

    report: Report
    unread: list[str]
    problems_only: bool
    counts: Counter[str] = field(default_factory=Counter)
    _rows: list[FileResult] = field(default_factory=list)

    def add(self, result: FileResult) -> None:
        self.counts[result.outcome] += 1
        if self.problems_only and not result.reason:
            return
        if self.report.as_json:
            self.report.line(result.public())
        else:
            self._rows.append(result)

    def add_unread(self, line: str) -> None:
        self.unread.append(line)
        output.message(line)

    def show(self) -> None:
        """Print the table, and set what the command ends with."""
        counts = {"seen": self.counts.total() + len(self.unread), **{name: self.counts[name] for name in _STYLES}}
        counts["not_read"] = len(self.unread)
        self.report.summary |= counts
        if self.unread or self.counts["rejected"]:
            self.report.code = ExitCode.INCOMPLETE
        if not self.report.as_json:
            _print_table(self._rows)
            self.report.ending = lambda: output.describe_counts(counts)


def _start(
    environ: Mapping[str, str], settings: Settings, *, keep_data: bool, page: PicturePage | None
) -> ParallelPreparer:
    policy = settings.image_policy()
    if page is None:
        return ParallelPreparer(environ, policy, keep_data=keep_data)
    return ParallelPreparer(
        environ, policy, keep_data=keep_data, preview_side=page.side, wants_previews=page.wants_previews
    )


def _write(done: Done, target: OutputFolder | None) -> None:
    if target is None or done.prepared is None:
        return
    written = target.write(done.file.name, done.prepared.format, done.prepared.data)
    if written.name != target.usual_name(done.file.name, done.prepared.format).name:
        output.message(f"{done.file.path}: written as {written}, since its usual name is in use")


def _print_table(results: Iterable[FileResult]) -> None:
    table = output.new_table("path", "outcome", "details", "size", "bytes", "ms", numbers={"size", "bytes", "ms"})
    for result in results:
        details = f"{result.reason}: {result.detail}" if result.reason else output.describe_steps(result.steps)
        table.add_row(
            output.short_key(result.path),
            Text(result.outcome, _STYLES[result.outcome]),
            printable(details),
            f"{result.width}x{result.height}" if result.width else "",
            str(result.bytes_out or ""),
            str(result.ms),
        )
    output.print_table(table)
