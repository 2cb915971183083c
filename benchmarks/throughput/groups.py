"""Rows that run at once, each in a process of its own; none begins before the others are ready as well."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import IO, Self

from benchmarks.throughput.accounting import Result
from benchmarks.throughput.row import result_of
from benchmarks.throughput.scenarios import ROOT, Scenario

_COMMAND = [sys.executable, "-m", "benchmarks.throughput.row"]


class RowError(Exception):
    """A row ended without a result."""


def together(
    scenarios: Sequence[Scenario], on_result: Callable[[Result], None], on_error: Callable[[RowError], None]
) -> None:
    """Filling their queues takes the rows' processors, so they wait for one another before their clocks begin.

    One row's failure is not the others'.
    """
    with ExitStack() as stack:
        rows = [stack.enter_context(_Row(scenario)) for scenario in scenarios]
        for row in rows:
            row.wait_until_ready()
        for row in rows:
            row.go()
        for row in rows:
            try:
                on_result(row.result())
            except RowError as error:
                on_error(error)


class _Row:
    """A context manager: its process does not outlive it."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # What handlers say when they fail is thousands of lines, of which only a row's own end is of interest.
        self._errors: IO[str] = self._stack.enter_context(TemporaryFile("w+", encoding="utf-8"))
        self._process = self._stack.enter_context(
            subprocess.Popen(
                [*_COMMAND, json.dumps(asdict(self._scenario))],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                encoding="utf-8",
            )
        )
        self._stack.callback(self._process.kill)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wait_until_ready(self) -> None:
        """One that never is has no result either."""
        self._line()

    def go(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()

    def result(self) -> Result:
        answer = self._line()
        if answer.startswith("{"):
            return result_of(answer)
        self._errors.seek(0)
        raise RowError(f"{self._scenario}: no result\n{self._errors.read()[-2000:]}")

    def _line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""
