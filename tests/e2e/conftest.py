"""Run the command line as an operator does, and wait for conditions, for all end-to-end tests."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = str(Path(sys.executable).with_name("imagesearch-ingest"))


@dataclass
class Finished:
    """The exit code and output of a command."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of data. The summary follows them, always."""
        *lines, _ = self._parsed()
        return lines

    @property
    def summary(self) -> dict[str, Any]:
        last = self._parsed()[-1]
        assert last.keys() == {"summary"}
        summary: dict[str, Any] = last["summary"]
        assert summary["exit"] == self.code
        return summary

    def _parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines()]


def clean_environ(**environ: str) -> dict[str, str]:
    """Return an environment without the developer's settings, keys, proxies and home, but with coverage measurement."""
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {"PATH": os.environ["PATH"], "HOME": os.devnull} | coverage | environ


def untraced(environ: dict[str, str]) -> dict[str, str]:
    """Return the environment without coverage measurement, which takes time and writes files."""
    return {name: value for name, value in environ.items() if not name.startswith("COVERAGE_")}


def file_name(name: str) -> str:
    """Return the name as this process passes it to the system: UTF-8 on the disk, whatever the locale."""
    return os.fsdecode(name.encode("utf-8"))


@pytest.fixture
def run() -> Callable[..., Finished]:
    def run(*arguments: object, stdin: str = "", **environ: str) -> Finished:
        done = subprocess.run(  # noqa: S603 - our own command
            [COMMAND, *map(str, arguments)],
            env=clean_environ(**environ),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


def wait_until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not true within {seconds} seconds"
        time.sleep(0.05)
