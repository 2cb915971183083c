"""A contender's process, kept for one row and one limit: idle when it starts, warm after its first answer."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from benchmarks.images.contenders import environment


class WorkerError(Exception):
    """The worker ended, or did other work than it was asked for."""


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
        self.versions: dict[str, str] = self._hear()["versions"]

    def prepare(self, file: Path, limit: int) -> Answer:
        self._output.unlink(missing_ok=True)
        self._say({"file": str(file), "limit": limit, "output": str(self._output)})
        answer = self._hear()
        growth_mb = (answer["peak_kb"] - answer["idle_kb"]) / 1024
        return Answer(answer["ms"], growth_mb, self._output.read_bytes())

    def _say(self, question: dict[str, object]) -> None:
        self._questions.write(json.dumps(question) + "\n")
        self._questions.flush()

    def _hear(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise WorkerError(f"{self.name}: its worker ended without an answer; its own words stand above")
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextmanager
def started(name: str, command: list[str], folder: Path) -> Iterator[Worker]:
    """Its standard error is this program's."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment()) as process:
        try:
            yield Worker(name, cast("IO[str]", process.stdin), cast("IO[str]", process.stdout), folder)
        finally:
            process.kill()
