"""Show an audit to a person: a line for each difference, how many there are of each class, and what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from imagesearch_ops import output
from imagesearch_ops.audit.findings import CLASSES, Class, Findings, Line
from imagesearch_ops.audit.steps import Step
from imagesearch_ops.terminal_text import printable

UNKNOWN = "unknown"
_MOST_REASONS = 3  # of a class


def print_audit(counts: Mapping[str, Any], findings: Findings, steps: Iterable[Step]) -> None:
    """Print everything on standard output, but for the last line. ``counts`` are those of the summary."""
    shown = 0
    for shown, line in enumerate(findings.first(), 1):  # noqa: B007 - the last one is meant
        output.plain(f"{line['class']} {printable(name(line))}")
    if shown:
        output.plain("")
    if shown < len(findings):
        output.message(f"Only {shown:,} of {len(findings):,} differences are shown. Use --json to see all.")
    table = output.new_table("", "count", "class", "details", numbers={"count"})
    for one in CLASSES:
        number = one.total(counts)
        if number != 0:
            details = printable(describe_class(one, findings))
            table.add_row(str(one.symbol), describe_count(number), one.name, details)
    output.print_table(table)
    for step in steps:
        output.plain(f"{step.title}:")
        output.plain(f"  {step.command}")


def name(line: Line) -> str:
    """Return the key or, where there is none, both IDs."""
    if line["key"] is not None:
        return str(line["key"])
    return f"(ProductId {line['product_id']}, PicName {line['pic_name']})"


def describe_class(one: Class, findings: Findings) -> str:
    """Return what the class means, and its most frequent reasons."""
    reasons = [f"{reason} {number:,}" for reason, number in findings.reasons_of(one.symbol)]
    more = [*reasons[:_MOST_REASONS], *(["others"] if len(reasons) > _MOST_REASONS else [])]
    return f"{one.meaning}: {', '.join(more)}" if more else one.meaning


def capitalize(text: str) -> str:
    """Return the text as the beginning of a sentence. The rest stays as it is."""
    return text[:1].upper() + text[1:]


def describe_count(number: int | None) -> str:
    """Return a number, or that nobody knows it."""
    return UNKNOWN if number is None else f"{number:,}"


def describe_end(counts: Mapping[str, Any], folder: str) -> str:
    """Return the last line."""
    facts = [f"{describe_count(counts.get(one))} {one}" for one in ("listed", "indexed", "missing", "orphaned")]
    drift = "drift" if counts.get("drift") else "no drift" if counts.get("drift") is False else "drift unknown"
    return printable(f"{', '.join(facts)}: {drift}. Run: {folder}")
