"""What was measured as Markdown and as JSON, and whether what must hold does."""

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

from benchmarks import pages
from benchmarks.coldstart.builds import OURS, PLAIN, TUTORIAL
from benchmarks.coldstart.measure import ANSWERED, IMPORTED, Cell, Ratio, Table
from benchmarks.coldstart.memory import Batch
from benchmarks.coldstart.platforms import Lambda

BEGIN, END = "<!-- tables: made by `make bench-coldstart` -->\n", "<!-- end of tables -->\n"
with_tables = partial(pages.with_tables, begin=BEGIN, end=END)
MOST = {PLAIN: 0.5, TUTORIAL: 0.6}  # of these builds' times, on Lambda
_HEAD = ["build", "unpacked", "imported", "ratio", "first picture added", "ratio", "memory"]
_BATCH_HEAD = ["function", "pictures of a batch", "received", "peak", "allowed"]


def markdown(tables: list[Table], batches: list[Batch], runs: int, command: str) -> str:
    made = f"Made by `{command}`: the median of {runs} interleaved starts, on {_cpus()}.\n"
    verdicts = "".join(f"- {said}\n" for said in held(tables, batches))
    memory = ["### Memory of a full batch\n", _table(_BATCH_HEAD, map(_batch_row, batches))] if batches else []
    return "\n".join([made, *map(_section, tables), *memory, "### What must hold\n", verdicts])


def as_json(tables: list[Table], batches: list[Batch]) -> str:
    """Every single start, for whoever wants another statistic than the median."""
    return json.dumps({"starts": list(map(asdict, tables)), "batches": list(map(asdict, batches))}, indent=1) + "\n"


def held(tables: list[Table], batches: list[Batch]) -> Iterator[str]:
    """A sentence for each thing that must hold; those that do not say so at their end."""
    for table in tables:
        for name, most in MOST.items() if table.title == Lambda.name else ():
            ratio = table.ratio(name, ANSWERED).value
            where = f"{table.title}, {_cache(table)}: {ratio:.2f} of {name}, at most {most:g}"
            yield _said(where, holds=ratio <= most)
    for batch in batches:
        where = f"{batch.function}, {batch.title}: {batch.peak_mb:.0f} MB at the peak, less than {batch.allowed_mb}"
        yield _said(where, holds=batch.peak_mb < batch.allowed_mb)


def failures(tables: list[Table], batches: list[Batch]) -> list[str]:
    return [said for said in held(tables, batches) if not said.endswith(": holds")]


def _said(where: str, *, holds: bool) -> str:
    return f"{where}: {'holds' if holds else '**does not hold**'}"


def _section(table: Table) -> str:
    rows = [[name, *_cells(table, name, cell)] for name, cell in table.cells.items()]
    kept = max(cell.kept for cell in table.cells.values())
    note = f", of which at most {kept:.1%} stayed, before each start" if table.cold else ""
    return f"### {table.title}, {_cache(table)}{note}\n\n{_table(_HEAD, rows)}"


def _cells(table: Table, name: str, cell: Cell) -> list[str]:
    peak_mb = max(start.peak_mb for start in cell.starts)
    times = []
    for what in (IMPORTED, ANSWERED):
        times += [f"{cell.median(what):.0f} ms", "" if name == OURS else _ratio(table.ratio(name, what))]
    return [f"{cell.megabytes:.0f} MB", *times, f"{peak_mb:.0f} MB"]


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def _batch_row(batch: Batch) -> list[str]:
    received = {1: "1st time", 3: "3rd time"}[batch.receives]
    return [batch.function, batch.title, received, f"{batch.peak_mb:.0f} MB", f"{batch.allowed_mb} MB"]


def _cache(table: Table) -> str:
    return "files dropped from the page cache" if table.cold else "files in the page cache"


def _table(head: list[str], body: Iterator[list[str]] | list[list[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cpus() -> str:
    count = os.cpu_count() or 1
    return f"{count} CPU{'s' if count > 1 else ''} ({platform.system()}, {platform.machine()})"
