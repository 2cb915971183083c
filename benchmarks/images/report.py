"""Write the measured rows as Markdown and JSON. The document keeps the prose around the tables."""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import groupby
from statistics import geometric_mean

from benchmarks import pages
from benchmarks.images.contenders import NAMES, OURS
from benchmarks.images.measure import Cell, Row

BEGIN, END = "<!-- tables: made by `make bench-images` -->\n", "<!-- end of tables -->\n"
with_tables = partial(pages.with_tables, begin=BEGIN, end=END)
_MISSING = "not installed"


def markdown(rows: list[Row], runs: int, command: str) -> str:
    """Return the tables, grouped by limit."""
    sections = [_write_section(limit, list(group)) for limit, group in groupby(rows, key=lambda row: row.limit)]
    made = f"Made by `{command}`: the median of {runs} interleaved runs, on {_count_cpus()}.\n\n{_write_versions(rows)}"
    return "\n".join([made, *sections])


def as_json(rows: list[Row]) -> str:
    """Return every run, for other statistics than the median."""
    return json.dumps([asdict(row) for row in rows], indent=1) + "\n"


def mean_ratio(rows: list[Row]) -> float | None:
    ratios = [ratio for row in rows if (ratio := row.ratio(OURS))]
    return geometric_mean(ratios) if ratios else None


def _write_section(limit: int, rows: list[Row]) -> str:
    times = [[row.title, *_show_cells(row, _show_time), _show_ratio(row.ratio(OURS))] for row in rows]
    times.append(["**geometric mean**", *([""] * len(NAMES)), f"**{_show_ratio(mean_ratio(rows))}**"])
    growth = [[row.title, *_show_cells(row, _show_growth)] for row in rows]
    return "\n".join(
        [
            f"### Longest side {limit} px\n",
            "Milliseconds; the ratio is this project's time to that of the faster of pyvips and sharp.\n",
            _write_table(["", *NAMES, "ratio"], times),
            "Megabytes of memory at the peak, over idle.\n",
            _write_table(["", *NAMES], growth),
        ]
    )


def _show_cells(row: Row, show: Callable[[Cell], str]) -> list[str]:
    return [show(row.cells[name]) if name in row.cells else _MISSING for name in NAMES]


def _show_time(cell: Cell) -> str:
    return f"{cell.median_ms:.1f}" if cell.median_ms < 100 else f"{cell.median_ms:.0f}"  # noqa: PLR2004 (three digits are enough)


def _show_growth(cell: Cell) -> str:
    return f"{cell.growth_mb:.0f}"


def _show_ratio(ratio: float | None) -> str:
    return f"{ratio:.2f}" if ratio else "-"


def _write_table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _write_versions(rows: list[Row]) -> str:
    found = {name: versions for row in rows for name, versions in row.versions.items()}
    said = {name: ", ".join(" ".join(pair) for pair in found[name].items()) for name in NAMES if name in found}
    lines = [f"| {name} | {said.get(name, _MISSING)} |" for name in NAMES]
    return "\n".join(["| contender | versions |", "|---|---|", *lines]) + "\n"


def _count_cpus() -> str:
    count = os.cpu_count() or 1
    return f"{count} CPU{'s' if count > 1 else ''} ({platform.system()}, {platform.machine()})"
