"""Write an audit as one static page: drift first, and beside each class the command to copy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.audit.findings import BY_NEED, CLASSES, Class, Findings, Line
from imagesearch_ops.audit.steps import Step
from imagesearch_ops.audit.text import capitalize, describe_class, describe_count
from imagesearch_ops.pages import TO_SECONDS, cut_time, render
from imagesearch_ops.run_folder import write_whole

MOST_OF_CLASS = 200  # rows
_GOOD, _BAD = {Symbol.SAME}, {Symbol.MISSING, Symbol.ORPHANED, Symbol.UNDECIDED}


def write_page(
    path: Path,
    title: str,
    counts: Mapping[str, Any],
    findings: Findings,
    steps: Iterable[Step],
    *,
    notes: Sequence[str] = (),
    taken_at: float | None = None,
) -> None:
    """Write the page as a whole. It holds no script, and asks for nothing.

    ``counts`` are those of the summary, and ``notes`` say why the audit may be wrong. ``taken_at`` is in Unix seconds.
    """
    page = render(
        "audit.html",
        title=title,
        made_at=_iso(datetime.now(UTC).timestamp()),
        taken_at=_iso(taken_at),
        notes=notes,
        verdict=_describe_drift(counts),
        is_drift=counts.get("drift"),
        totals={name: describe_count(counts.get(name)) for name in ("listed", "indexed")},
        cards=[_card(one, counts) for one in CLASSES if one.total(counts) != 0],
        classes=list(_classes(findings, list(steps))),
        most=MOST_OF_CLASS,
    )
    write_whole(path, page)


def _describe_drift(counts: Mapping[str, Any]) -> str:
    match counts.get("drift"):
        case True:
            return "The index and the bucket differ."
        case False:
            return "No drift: each difference has a known reason."
        case _:
            return "Nobody knows whether the index and the bucket differ."


def _card(one: Class, counts: Mapping[str, Any]) -> dict[str, str]:
    tone = "good" if one.symbol in _GOOD else "bad" if one.symbol in _BAD else ""
    return {"number": describe_count(one.total(counts)), "name": one.name, "symbol": str(one.symbol), "tone": tone}


def _classes(findings: Findings, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """Yield each class that has differences, those that need a person first."""
    known = {one.symbol: one for one in CLASSES}
    for symbol in BY_NEED:
        rows = findings.lines_of(symbol, MOST_OF_CLASS)
        if not rows:
            continue
        number = findings.number_of(symbol)
        yield {
            "symbol": str(symbol),
            "name": known[symbol].name,
            "number": f"{number:,}",
            "details": capitalize(describe_class(known[symbol], findings)),
            "is_open": symbol.is_drift or symbol is Symbol.UNDECIDED,
            "is_cut": number > len(rows),
            "steps": [{"text": step.text, "command": step.command} for step in steps if symbol in step.symbols],
            "rows": [_row(line) for line in rows],
        }


def _row(line: Line) -> dict[str, str]:
    ids = line["product_id"] is not None
    return {
        "key": line["key"] or "",
        "product_id": line["product_id"] if ids else "",
        "pic_name": line["pic_name"] if ids and line["pic_name"] != line["key"] else "",
        "time": cut_time(_iso(line["last_modified"]), TO_SECONDS),
        "why": line["why"],
    }


def _iso(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
