"""Print data on standard output and messages for people on standard error."""

import json
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, JustifyMethod
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from imagesearch_ops.results import ObjectResult
from imagesearch_ops.terminal_text import MAX_KEY_CELLS, printable, short

messages = Console(stderr=True, highlight=False, markup=False, emoji=False)
_STYLES = {"added": "green", "deleted": "cyan", "skipped": "dim", "rejected": "yellow", "failed": "red"}
_PIPE_COLUMNS = 120
_NARROW_COLUMNS, _NARROW_KEY_CELLS = 100, 26


def json_line(value: object) -> None:
    """Print the value as one line of ASCII."""
    print(json.dumps(value), flush=True)  # noqa: T201 - the data


def message(text: str) -> None:
    """Print one line for people. The terminal breaks it, so that a path can be copied whole."""
    messages.print(printable(text), soft_wrap=True)


def plain(text: str) -> None:
    """Print one line of data as it is, so that a command in it can be copied whole. It must be printable."""
    print(text)  # noqa: T201 - the data


@contextmanager
def progress_bar(*, shown: bool = True) -> Iterator[Progress]:
    """Show a progress bar while the block runs, if standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    disable = not (shown and messages.is_terminal)
    with Progress(
        *columns, console=messages, transient=True, disable=disable, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        yield progress


def results_table(results: Iterable[ObjectResult], summary: Mapping[str, int]) -> None:
    """Print one row per object, and the summary."""
    table = new_table("key", "outcome", "details", "ProductId", "ms", numbers={"ms"})
    table.columns[-1].min_width = 4
    for result in results:
        done = describe_steps(result.steps) if result.outcome == "added" else ""
        table.add_row(
            short_key(result.key or ""),
            Text(result.outcome, _STYLES.get(result.outcome, "")),
            Text(printable(f"{result.reason}: {result.detail}" if result.reason else done)),
            short_key(result.product_id or ""),
            str(result.ms),
        )
    print_table(table, ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.items()))


def describe_steps(steps: Sequence[str]) -> str:
    """Return what was done to a picture before it was sent."""
    return ", ".join(steps) or "as it is"


def new_table(*headers: str, numbers: Collection[str] = ()) -> Table:
    """Return a table without lines. ``numbers`` names the columns to align right; only "details" may wrap."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        justify: JustifyMethod = "right" if header in numbers else "left"
        table.add_column(header, justify=justify, no_wrap=header != "details", overflow="fold")
    return table


def print_table(table: Table, summary: str = "") -> None:
    """Print the table on standard output, an empty line, and the summary. Print no headers of an empty table."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=_columns())
    if table.row_count:
        console.print(table)
        console.print()
    if summary:
        console.print(summary)


def short_key(key: str) -> str:
    """Return the key as a table shows it, shorter on a narrow terminal."""
    return short(key, MAX_KEY_CELLS if _columns() >= _NARROW_COLUMNS else _NARROW_KEY_CELLS)


def is_data_shown() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def _columns() -> int:
    return shutil.get_terminal_size().columns if is_data_shown() else _PIPE_COLUMNS
