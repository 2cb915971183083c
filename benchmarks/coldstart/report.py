"""Write the results as Markdown and as JSON, and check the requirements."""

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
MOST = {PLAIN: 0.5, TUTORIAL: 0.6}  # largest ratio to these builds' times, on Lambda
_HEAD = ["build", "unpacked", "imported", "ratio", "first picture added", "ratio", "memory"]
_BATCH_HEAD = ["function", "pictures of a batch", "peak", "allowed"]


def markdown(tables: list[Table], batches: list[Batch], runs: int, command: str) -> str:
    """Return the tables and the list of requirements. ``command`` made them."""
    made = f"Made by `{command}`: the median of {runs} interleaved starts, on {_cpus()}.\n"
    verdicts = "".join(f"- {verdict}\n" for verdict in check_requirements(tables, batches))
    memory = ["### Memory of a full batch\n", _table(_BATCH_HEAD, map(_batch_row, batches))] if batches else []
    return "\n".join([made, *map(_section, tables), *memory, "### What must hold\n", verdicts])


def as_json(tables: list[Table], batches: list[Batch]) -> str:
    """Return each start and batch as JSON, for other statistics than the median."""
    return json.dumps({"starts": list(map(asdict, tables)), "batches": list(map(asdict, batches))}, indent=1) + "\n"


def check_requirements(tables: list[Table], batches: list[Batch]) -> Iterator[str]:
    """Yield each requirement, and whether it holds."""
    for table in tables:
        for name, most in MOST.items() if table.title == Lambda.name else ():
            ratio = table.ratio(name, ANSWERED).value
            where = f"{table.title}, {_cache(table)}: {ratio:.2f} of {name}, at most {most:g}"
            yield _verdict(where, holds=ratio <= most)
    for batch in batches:
        where = f"{batch.function}, {batch.title}: {batch.peak_mb:.0f} MB at the peak, less than {batch.allowed_mb}"
        yield _verdict(where, holds=batch.peak_mb < batch.allowed_mb)


def failures(tables: list[Table], batches: list[Batch]) -> list[str]:
    """Return the requirements that are not met."""
    return [verdict for verdict in check_requirements(tables, batches) if not verdict.endswith(": holds")]


def _verdict(where: str, *, holds: bool) -> str:
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
    return [batch.function, batch.title, f"{batch.peak_mb:.0f} MB", f"{batch.allowed_mb} MB"]


def _cache(table: Table) -> str:
    return "files dropped from the page cache" if table.cold else "files in the page cache"


def _table(head: list[str], body: Iterator[list[str]] | list[list[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cpus() -> str:
    count = os.cpu_count() or 1
    return f"{count} CPU{'s' if count > 1 else ''} ({platform.system()}, {platform.machine()})"
