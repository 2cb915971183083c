"""``prepare``: show what the function would send of each picture, or why it would reject it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from rich.text import Text

from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.input_files import find_files
from imagesearch_ops.output_folder import OutputFolder
from imagesearch_ops.parallel_preparer import Done, FileResult, ParallelPreparer
from imagesearch_ops.picture_page import PicturePage, start_page
from imagesearch_ops.terminal_text import printable

_STYLES = {"prepared": "green", "rejected": "yellow"}


def run_prepare(
    paths: Sequence[Path],
    folder: Path | None,
    environ: Mapping[str, str],
    *,
    as_json: bool,
    html: Path | None = None,
) -> ExitCode:
    """Run the command. Results keep the order of the files: JSON lines as they come, the table at the end.

    ``environ`` serves only to find the interpreter's libraries. Raise ``InputError`` before any file is prepared, and
    ``OSError`` with a one-line message if a result cannot be written.
    """
    found = find_files(paths)
    page = start_page(html, found) if html else None
    target = OutputFolder(folder, paths, found.files) if folder else None
    results: list[FileResult] = []
    unread = list(found.faults)
    for fault in unread:
        output.message(fault)
    # JSON lines on the same terminal leave no line for the bar.
    has_line = not (as_json and output.is_data_shown())
    with (
        closing(_start(environ, keep_data=target is not None, page=page)) as preparer,
        output.progress_bar(shown=has_line) as progress,
    ):
        for done in progress.track(preparer.run(found.files), total=len(found.files), description="preparing"):
            if isinstance(done, str):
                unread.append(done)
                output.message(done)
                continue
            _write(done, target)
            results.append(done.result)
            if page:
                page.add(done)
            if as_json:
                output.json_line(done.result.public())
    if page:
        page.write(paths, unread)
    if not as_json:
        _print_table(results, unread=len(unread))
    return ExitCode.INCOMPLETE if unread or any(result.reason for result in results) else ExitCode.OK


def _start(environ: Mapping[str, str], *, keep_data: bool, page: PicturePage | None) -> ParallelPreparer:
    if page is None:
        return ParallelPreparer(environ, keep_data=keep_data)
    return ParallelPreparer(environ, keep_data=keep_data, preview_side=page.side, wants_previews=page.wants_previews)


def _write(done: Done, target: OutputFolder | None) -> None:
    if target is None or done.prepared is None:
        return
    written = target.write(done.file.name, done.prepared.format, done.prepared.data)
    if written.name != target.usual_name(done.file.name, done.prepared.format).name:
        output.message(f"{done.file.path}: written as {written}, since its usual name is in use")


def _print_table(results: Iterable[FileResult], *, unread: int) -> None:
    table = output.new_table("path", "outcome", "details", "size", "bytes", "ms", numbers={"size", "bytes", "ms"})
    counts: Counter[str] = Counter()
    for result in results:
        counts[result.outcome] += 1
        details = f"{result.reason}: {result.detail}" if result.reason else output.describe_steps(result.steps)
        table.add_row(
            output.short_key(result.path),
            Text(result.outcome, _STYLES[result.outcome]),
            printable(details),
            f"{result.width}x{result.height}" if result.width else "",
            str(result.bytes_out or ""),
            str(result.ms),
        )
    parts = (f"{counts[name]} {name}" for name in _STYLES)
    output.print_table(table, f"{counts.total() + unread} seen, {', '.join(parts)}, {unread} not read")
