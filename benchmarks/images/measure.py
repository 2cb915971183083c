"""Measure one row at one limit: all contenders take turns, so that a slow machine slows all of them."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median

from benchmarks.images.checks import Wanted
from benchmarks.images.contenders import PLAIN, RIVALS, Commands
from benchmarks.images.sources import Source
from benchmarks.images.worker import Worker, start_worker


@dataclass(slots=True)
class Cell:
    """One contender's results in a row."""

    growth_mb: float  # during the first image of the process
    output_bytes: int
    ms: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        return median(self.ms)


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    limit: int
    cells: dict[str, Cell]
    versions: dict[str, dict[str, str]]

    def ratio(self, name: str) -> float | None:
        """Return its time divided by that of the faster of pyvips and sharp; ``None`` if neither is installed."""
        rivals = [self.cells[rival].median_ms for rival in RIVALS if rival in self.cells]
        return self.cells[name].median_ms / min(rivals) if rivals else None


def measure(source: Source, file: Path, limit: int, *, commands: Commands, runs: int, scratch: Path) -> Row:
    """Measure the row. The first image of each process gives the memory; only later ones count for the time."""
    with ExitStack() as stack:
        workers = [stack.enter_context(start_worker(name, command, scratch)) for name, command in commands.items()]
        first = {worker.name: worker.prepare(file, limit) for worker in workers}
        wanted = Wanted(source, limit, first[PLAIN].data)
        cells = {name: Cell(answer.growth_mb, len(answer.data)) for name, answer in first.items()}
        seen: set[bytes] = set()
        for name, answer in first.items():
            _check(wanted, name, answer.data, seen)
        for worker in _take_turns(workers, runs):
            answer = worker.prepare(file, limit)
            _check(wanted, worker.name, answer.data, seen)
            cells[worker.name].ms.append(answer.ms)
        return Row(source.title, limit, cells, {worker.name: worker.versions for worker in workers})


def _take_turns(workers: list[Worker], runs: int) -> Iterator[Worker]:
    """Yield the workers run by run. Each begins equally often, so that none always follows the same neighbour."""
    for run in range(runs):
        start = run % len(workers)
        yield from workers[start:] + workers[:start]


def _check(wanted: Wanted, name: str, output: bytes, seen: set[bytes]) -> None:
    """Check equal bytes only once: checking takes longer than some of the work, and would heat the machine."""
    digest = sha256(output).digest()
    if digest not in seen:
        wanted.check(name, output)
        seen.add(digest)
