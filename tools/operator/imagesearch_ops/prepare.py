"""``prepare``: what the function would make of pictures, and why it would refuse some. No cloud, no settings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.picture_files import find_pictures
from imagesearch_ops.prepared_files import PreparedFiles
from imagesearch_ops.preparing import Done, PictureResult, Preparing

_STYLES = {"prepared": "green", "rejected": "yellow"}


def run_prepare(paths: Sequence[Path], folder: Path | None, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Results in the order of the pictures: as JSON each as soon as it is its turn, as a table in the end.

    ``environ`` is for finding the interpreter's libraries alone. Raises ``InputError`` before anything is prepared, and
    ``OSError`` with one clear line when a result cannot be written.
    """
    found = find_pictures(paths)
    written = PreparedFiles(folder, paths, found.files) if folder else None
    results: list[PictureResult] = []
    unread = list(found.faults)
    for fault in unread:
        _tell(fault)
    with (
        closing(Preparing(environ, keep_data=written is not None)) as preparing,
        _progress(as_json=as_json) as progress,
    ):
        for done in progress.track(preparing.run(found.files), total=len(found.files), description="preparing"):
            if isinstance(done, str):
                unread.append(done)
                _tell(done)
                continue
            _write(done, written)
            results.append(done.result)
            if as_json:
                output.json_line(done.result.public())
    if not as_json:
        _table(results, unread=len(unread))
    return ExitCode.INCOMPLETE if unread or any(result.reason for result in results) else ExitCode.OK


def _write(done: Done, written: PreparedFiles | None) -> None:
    if written is None or done.prepared is None:
        return
    target = written.write(done.file.name, done.prepared.format, done.prepared.data)
    if target.name != written.usual_name(done.file.name, done.prepared.format).name:
        _tell(f"{done.file.path}: written as {target}, since its usual name is taken")


def _tell(line: str) -> None:
    output.people.print(output.printable(line), markup=False, soft_wrap=True)


@contextmanager
def _progress(*, as_json: bool) -> Iterator[Progress]:
    """Where data streams to the same terminal, there is no line left for a bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = output.people.is_terminal and not (as_json and output.data_console().is_terminal)
    with Progress(
        *columns, console=output.people, transient=True, disable=not shown, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        yield progress


def _table(results: Iterable[PictureResult], *, unread: int) -> None:
    """One row a picture, and a line that adds up."""
    table = Table("path", "outcome", "what was done, or why not", "size", "bytes", "ms", box=None, pad_edge=False)
    table.header_style = "bold"
    for column in table.columns[3:]:
        column.justify, column.no_wrap = "right", True
    counts: Counter[str] = Counter()
    for result in results:
        counts[result.outcome] += 1
        why = f"{result.reason}: {result.detail}" if result.reason else output.what_was_done(result.steps)
        table.add_row(
            Text(output.short(result.path)),
            Text(result.outcome, _STYLES[result.outcome]),
            Text(output.printable(why)),
            f"{result.width}x{result.height}" if result.width else "",
            str(result.bytes_out or ""),
            str(result.ms),
        )
    console = output.data_console()
    console.print(table)
    parts = (f"{counts[name]} {name}" for name in _STYLES)
    console.print(Text(f"\n{counts.total() + unread} seen, {', '.join(parts)}, {unread} not read"))
