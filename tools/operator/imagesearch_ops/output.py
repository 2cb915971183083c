"""Print data on standard output and messages for people on standard error."""

import json
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from imagesearch_ops.results import ObjectResult
from imagesearch_ops.terminal_text import printable, short

messages = Console(stderr=True, highlight=False, markup=False, emoji=False)
_STYLES = {"added": "green", "deleted": "cyan", "skipped": "dim", "rejected": "yellow", "failed": "red"}
_WIDEST_IN_A_PIPE = 160  # cells
_OTHER_COLUMNS, _NARROWEST_KEY = 88, 26  # cells


def json_line(value: object) -> None:
    """Print the value as one line of ASCII."""
    print(json.dumps(value), flush=True)  # noqa: T201 - the data


def message(text: str) -> None:
    """Print one line for people. The terminal breaks it, so that a path can be copied whole."""
    messages.print(printable(text), soft_wrap=True)


def plain(text: str) -> None:
    """Print one line of data as it is, so that a command in it can be copied whole. It must be printable."""
    print(text)  # noqa: T201 - the data


def results_table(results: Iterable[ObjectResult]) -> None:
    """Print one row per object."""
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
    print_table(table)


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return the counts as a line for people."""
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())


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
    if table.row_count and is_data_shown():
        console.print(table)
    elif table.row_count:
        _print_rows(table)
    if table.row_count:
        plain("")
    if summary:
        console.print(summary, soft_wrap=not is_data_shown())


def _print_rows(table: Table) -> None:
    """Print each row on a line of its own, uncut, for a program. A long cell moves only the rest of its row."""
    columns = [[str(column.header), *(str(cell) for cell in column.cells)] for column in table.columns]
    widths = [max(width for cell in cells if (width := cell_len(cell)) <= _WIDEST_IN_A_PIPE) for cells in columns]
    rights = [column.justify == "right" for column in table.columns]
    for row in zip(*columns, strict=True):
        padded = (
            " " * (width - cell_len(cell)) + cell if right else cell + " " * (width - cell_len(cell))
            for cell, width, right in zip(row, widths, rights, strict=True)
        )
        plain("  ".join(padded).rstrip())


def short_key(key: str) -> str:
    """Return the key as a table shows it: shortened to fit a terminal, and whole in a pipe."""
    return short(key, max(_NARROWEST_KEY, _columns() - _OTHER_COLUMNS)) if is_data_shown() else printable(key)


def is_data_shown() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def _columns() -> int:
    return shutil.get_terminal_size().columns
