"""Write the results as Markdown and as JSON, and check the requirements."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from benchmarks import pages
from benchmarks.throughput.accounting import Result
from benchmarks.throughput.scenarios import LIMITERS, NEAR, OURS, TUTORIAL, TWO_WORKERS

BEGIN, END = "<!-- tables: made by `make bench-throughput` -->\n", "<!-- end of tables -->\n"
with_tables = partial(pages.with_tables, begin=BEGIN, end=END)
LEAST_ACCEPTED, MOST_REFUSED, MOST_BILLED, MOST_OF_TUTORIAL = 0.98, 0.01, 1.15, 0.25
_BEYOND = 50
_WARM_UP_SECONDS = 30
_HEAD = ["handler", "quota", "workers", "legs", "limiter", "accepted", "refused", "billed", "floor", "billed / floor"]
_HEAD += ["added", "redriven", "waiting", "**lost**", "repeats"]
_PARTS: dict[str, Callable[[Result], bool]] = {
    "For real, at 1 and 5 a second": lambda row: not row.scenario.simulated and row.scenario.quota < _BEYOND,
    "For real, at 50 a second": lambda row: not row.scenario.simulated and row.scenario.quota >= _BEYOND,
    "Simulated, at 50 a second": lambda row: row.scenario.simulated,
}


def markdown(results: list[Result], command: str) -> str:
    """Return the tables and the list of requirements. ``command`` made them."""
    system = f"{os.cpu_count()} CPUs ({platform.system()}, {platform.machine()}, Python {platform.python_version()})"
    sections = [
        f"### {title}\n\n{_table(rows)}" for title, test in _PARTS.items() if (rows := [*filter(test, results)])
    ]
    if not any(row.scenario.warm_up_seconds >= _WARM_UP_SECONDS for row in results):
        sections.append("Trial run: too short for reliable numbers.\n")
    held = "### What must hold\n\n" + "".join(f"- {verdict}\n" for verdict in _check_requirements(results))
    return "\n".join([f"Made by `{command}`, on {system}.\n", *sections, held])


def as_json(results: list[Result]) -> str:
    """Return the results as JSON."""
    return json.dumps([asdict(result) for result in results], indent=1) + "\n"


def line(result: Result) -> str:
    """Return the result in one line."""
    return " | ".join(f"{head} {cell}" for head, cell in zip(_HEAD, _cells(result), strict=True))


def failures(results: list[Result]) -> list[str]:
    """Return the requirements that are not met."""
    return [verdict for verdict in _check_requirements(results) if not verdict.endswith("holds")]


def _check_requirements(results: list[Result]) -> Iterator[str]:
    """Yield each requirement, and whether it holds.

    All but the last concern two workers near the instance with the default limiter. No row may lose an object.
    """
    for row in (row for row in results if _is_judged(row)):
        where = f"{row.scenario.quota:g} a second{', simulated' if row.scenario.simulated else ''}"
        yield _verdict(
            f"{where}: accepted {row.accepted:.1%} of the quota, at least 98 %", row.accepted >= LEAST_ACCEPTED
        )
        yield _verdict(
            f"{where}: refused {row.refused_share:.2%} of the calls, under 1 %", row.refused_share < MOST_REFUSED
        )
        if row.scenario.quota < _BEYOND:
            over = row.billed_over_floor
            yield _verdict(f"{where}: billed {over:.2f} of the floor, at most 1.15", over <= MOST_BILLED)
        elif others := [other for other in results if _is_rival(other, row)]:
            share = row.billed / min(other.billed for other in others)
            yield _verdict(f"{where}: billed {share:.2f} of the tutorial's, at most 0.25", share <= MOST_OF_TUTORIAL)
    lost = sum(row.lost for row in results if row.scenario.handler == OURS)
    yield _verdict(f"lost in all rows of this project: {lost}, none", lost == 0)


def _verdict(requirement: str, holds: bool) -> str:  # noqa: FBT001 - the value to describe
    return f"{requirement}: {'holds' if holds else 'does not hold'}"


def _is_judged(row: Result) -> bool:
    """Return whether the row has requirements. Real rows at fifty a second measure the machine, not the handler."""
    scenario = row.scenario
    usual = (scenario.limiter, scenario.legs_seconds, scenario.workers) == (LIMITERS[0], NEAR, TWO_WORKERS)
    return usual and scenario.handler == OURS and (scenario.simulated or scenario.quota < _BEYOND)


def _is_rival(other: Result, row: Result) -> bool:
    same = [(s.quota, s.simulated, s.limiter, s.legs_seconds) for s in (other.scenario, row.scenario)]
    return other.scenario.handler == TUTORIAL and same[0] == same[1]


def _table(rows: list[Result]) -> str:
    lines = [list(_HEAD), ["---"] * 5 + ["---:"] * (len(_HEAD) - 5), *map(_cells, rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Result) -> list[str]:
    scenario = row.scenario
    most = scenario.capacity / scenario.quota
    return [
        scenario.handler,
        f"{scenario.quota:g}/s",
        str(scenario.workers),
        f"{scenario.legs_seconds:g} s",
        scenario.limiter.replace("_", " "),
        f"{row.accepted:.1%}" + ("" if most == 1 else f" (of {most:.0%})"),
        f"{row.refused} ({row.refused_share:.1%})",
        f"{row.billed:.3f} s",
        f"{scenario.floor:.3f} s",
        f"{row.billed_over_floor:.2f}",
        str(row.added),
        str(row.redriven),
        str(row.waiting),
        str(row.lost),
        str(row.repeats),
    ]
