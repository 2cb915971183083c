"""Show what a rule makes of keys: a table of their shapes, what is refused, and what to try."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imagesearch_ops import output
from imagesearch_ops.keys.rules import OPTIONS
from imagesearch_ops.keys.trial import EXCLUDED, MATCHED
from imagesearch_ops.shell import quote
from imagesearch_ops.terminal_text import printable, short

if TYPE_CHECKING:
    from imagesearch_ops.keys.rules import TriedRule
    from imagesearch_ops.keys.shapes import Shape
    from imagesearch_ops.keys.tally import Tally, TestOptions

_MOST_ROWS = 20
_LONGEST_KEY = 76  # cells, so that a line has 80 with its indent


def show(
    tally: Tally, tried: TriedRule, shapes: list[tuple[str, Shape]], suggested: str | None, options: TestOptions
) -> None:
    """Print everything but the summary line."""
    _show_shapes(shapes, _describe_collisions(tally, tried))
    _show_twins(tally)
    for outcome, trials in tally.refused.items():
        output.plain(f"\n{outcome.replace('_', ' ')}: {tally.outcomes[outcome]}, such as")
        for trial in trials:
            output.plain(f"  {short(trial.key, _LONGEST_KEY)}")
        output.plain(f"  ({printable(trials[0].detail)})")
    if suggested and suggested != options.given.get("key_template") and _may_help(tally, options):
        output.plain(f"\nThis template fits most of the keys. Try it:\n  {_compose_command(suggested, options)}")
    output.plain("")
    sys.stdout.flush()  # what follows goes to standard error


def _may_help(tally: Tally, options: TestOptions) -> bool:
    return bool(tally.refused) or not options.given


def _show_shapes(shapes: list[tuple[str, Shape]], below: str) -> None:
    names = [
        name for name in ("keys", "matched", "skipped", "refused") if any(_count(shape, name) for _, shape in shapes)
    ]
    table = output.new_table("shape", *names, "details", numbers=set(names))
    table.columns[-1].header = "for example"
    for name, shape in shapes[:_MOST_ROWS]:
        numbers = [str(_count(shape, column)) for column in names]
        table.add_row(output.short_key(name), *numbers, output.short_key(shape.examples[0]))
    if (more := len(shapes) - _MOST_ROWS) > 0:
        table.add_row(f"and {more} more", *[""] * (len(names) + 1))
    output.print_table(table, below)


def _count(shape: Shape, column: str) -> int:
    skipped, matched = shape.outcomes[EXCLUDED], shape.outcomes[MATCHED]
    return {"keys": shape.count, "matched": matched, "skipped": skipped}.get(column, shape.count - matched - skipped)


def _describe_collisions(tally: Tally, tried: TriedRule) -> str:
    if tried.irreversible is None:
        return "No two keys share an entry: under this rule, the IDs tell the key."
    count = tally.collisions.count
    return f"{count or 'None'} of these keys would overwrite the entry of another key."


def _show_twins(tally: Tally) -> None:
    for group in tally.collisions.examples:
        output.plain(f"  {' and '.join(map(printable, group))}")
    if tally.look_alikes.count:
        output.plain(f"\n{tally.look_alikes.count} look like another key, but consist of other characters, such as")
        for group in tally.look_alikes.examples:
            output.plain(f"  {' and '.join(map(ascii, group))}")


def _compose_command(template: str, options: TestOptions) -> str:
    kept = {name: text for name, text in options.given.items() if name not in ("key_template", "key_regex")}
    words = ["--template", quote(template)]
    for name, text in kept.items():
        words += [OPTIONS[name], quote(text)]
    words += ["--field", quote(options.field)] if options.field else []
    return " ".join(["imagesearch-ingest keys test", *words, quote(options.source or "-")])
