"""Print data on standard output and messages for people on standard error."""

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from imagesearch_ops.results import ObjectResult
from imagesearch_ops.terminal_text import printable, short

messages = Console(stderr=True, highlight=False, markup=False, emoji=False)
_STYLES = {"added": "green", "deleted": "cyan", "skipped": "dim", "rejected": "yellow", "failed": "red"}
_PIPE_COLUMNS = 120


def json_line(value: object) -> None:
    """Print the value as one line of ASCII."""
    print(json.dumps(value), flush=True)  # noqa: T201 - the data


def message(text: str) -> None:
    """Print one line for people. The terminal breaks it, so that a path can be copied whole."""
    messages.print(printable(text), soft_wrap=True)


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
            short(result.key or ""),
            Text(result.outcome, _STYLES.get(result.outcome, "")),
            Text(printable(f"{result.reason}: {result.detail}" if result.reason else done)),
            short(result.product_id or ""),
            str(result.ms),
        )
    print_table(table, ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.items()))


def describe_steps(steps: Sequence[str]) -> str:
    """Return what was done to a picture before it was sent."""
    return ", ".join(steps) or "as it is"


def new_table(*headers: str, numbers: Collection[str] = ()) -> Table:
    """Return a table without lines. Long words are broken, never cut; ``numbers`` names right-aligned columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        is_number = header in numbers
        table.add_column(header, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    return table


def print_table(table: Table, summary: str) -> None:
    """Print the table on standard output, an empty line, and the summary."""
    width = None if is_data_shown() else _PIPE_COLUMNS
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
    console.print(table)
    console.print(f"\n{summary}")


def is_data_shown() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()
