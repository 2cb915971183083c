"""Run a contender in a process for one row and one limit. It is warm after the first answer."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from benchmarks.images.contenders import build_environment


class WorkerError(Exception):
    """The worker ended without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    ms: float
    growth_mb: float
    data: bytes


class Worker:
    def __init__(self, name: str, questions: IO[str], answers: IO[str], folder: Path) -> None:
        self.name = name
        self._questions = questions
        self._answers = answers
        self._output = folder / f"{name}.output"
        self.versions: dict[str, str] = self._receive()["versions"]

    def prepare(self, file: Path, limit: int) -> Answer:
        self._output.unlink(missing_ok=True)
        self._send({"file": str(file), "limit": limit, "output": str(self._output)})
        answer = self._receive()
        growth_mb = (answer["peak_kb"] - answer["idle_kb"]) / 1024
        return Answer(answer["ms"], growth_mb, self._output.read_bytes())

    def _send(self, question: dict[str, object]) -> None:
        self._questions.write(json.dumps(question) + "\n")
        self._questions.flush()

    def _receive(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise WorkerError(f"{self.name}: the worker ended without an answer; see its output above")
        received: dict[str, Any] = json.loads(line)
        return received


@contextmanager
def start_worker(name: str, command: list[str], folder: Path) -> Iterator[Worker]:
    """Start a worker, which shares this program's standard error, and stop it at the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=build_environment()) as process:
        try:
            yield Worker(name, cast("IO[str]", process.stdin), cast("IO[str]", process.stdout), folder)
        finally:
            process.kill()
