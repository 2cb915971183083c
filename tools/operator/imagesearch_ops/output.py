"""Standard output is data, standard error is for people."""

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imagesearch_ops.results import ObjectResult

people = Console(stderr=True, highlight=False)
_STYLES = {"added": "green", "deleted": "cyan", "skipped": "dim", "rejected": "yellow", "failed": "red"}
_LONGEST_KEY = 32


def json_line(value: object) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201 - the data


def results_table(results: Iterable[ObjectResult], summary: dict[str, int]) -> None:
    """One row an object, and a line that adds up."""
    table = Table("key", "outcome", "why", "ProductId", "ms", box=None, pad_edge=False, header_style="bold")
    table.columns[-1].justify = "right"
    table.columns[-1].min_width = 4
    for result in results:
        style = _STYLES.get(result.outcome, "")
        done = what_was_done(result.steps) if result.outcome == "added" else ""
        why = f"{result.reason}: {result.detail}" if result.reason else done
        table.add_row(
            Text(short(result.key or "")),
            Text(result.outcome, style),
            Text(printable(why)),
            Text(short(result.product_id or "")),
            str(result.ms),
        )
    console = data_console()
    console.print(table)
    console.print(Text("\n" + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.items())))


def what_was_done(steps: Sequence[str]) -> str:
    """To a picture, before it was sent."""
    return ", ".join(steps) or "as it is"


def data_console() -> Console:
    """For tables on standard output: as wide as the terminal, or as a line of text where there is none."""
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 120)


def short(key: str) -> str:
    """The end tells keys apart, so it is kept."""
    shown = printable(key)
    return shown if len(shown) <= _LONGEST_KEY else "…" + shown[1 - _LONGEST_KEY :]


def printable(text: str) -> str:
    """Control characters are escaped: keys come from outside, and may hold a terminal's commands."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
