"""Run several rows at once, each in its own process. They start together, once all are ready."""

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


def run_together(
    scenarios: Sequence[Scenario], on_result: Callable[[Result], None], on_error: Callable[[RowError], None]
) -> None:
    """Run the rows and report each result or error. A failed row does not fail the others.

    Filling the queues needs the processors, so all rows wait until every queue is full.
    """
    with ExitStack() as stack:
        rows = [stack.enter_context(_Row(scenario)) for scenario in scenarios]
        for row in rows:
            row.wait_until_ready()
        for row in rows:
            row.start()
        for row in rows:
            try:
                on_result(row.result())
            except RowError as error:
                on_error(error)


class _Row:
    """A context manager that ends its process."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # Failing handlers write thousands of lines. Only the end of a row that gave no result is shown.
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
        """Wait until the row is ready or has ended."""
        self._line()

    def start(self) -> None:
        """Start the row's clock."""
        if self._process.stdin:
            self._process.stdin.close()

    def result(self) -> Result:
        """Return the result. Raise ``RowError`` with the end of the row's error output if there is none."""
        answer = self._line()
        if answer.startswith("{"):
            return result_of(answer)
        self._errors.seek(0)
        raise RowError(f"{self._scenario}: no result\n{self._errors.read()[-2000:]}")

    def _line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""
