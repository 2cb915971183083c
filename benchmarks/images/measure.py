"""One row at one limit: every contender in turn, run by run, so that what slows the machine slows them all."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median

from benchmarks.images.checks import Wanted
from benchmarks.images.contenders import PLAIN, RIVALS, Commands
from benchmarks.images.sources import Source
from benchmarks.images.worker import Worker, started


@dataclass(slots=True)
class Cell:
    """One contender's share of a row."""

    growth_mb: float  # of the process's first picture
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
        """Its time over that of the faster of libvips' two; ``None`` when neither is there."""
        rivals = [self.cells[rival].median_ms for rival in RIVALS if rival in self.cells]
        return self.cells[name].median_ms / min(rivals) if rivals else None


def measure(source: Source, file: Path, limit: int, *, commands: Commands, runs: int, scratch: Path) -> Row:
    """The first picture of each process warms it up and tells its memory; only later ones count for the time."""
    with ExitStack() as stack:
        workers = [stack.enter_context(started(name, command, scratch)) for name, command in commands.items()]
        first = {worker.name: worker.prepare(file, limit) for worker in workers}
        wanted = Wanted(source, limit, first[PLAIN].data)
        cells = {name: Cell(answer.growth_mb, len(answer.data)) for name, answer in first.items()}
        seen: set[bytes] = set()
        for name, answer in first.items():
            _check(wanted, name, answer.data, seen)
        for worker in _turns(workers, runs):
            answer = worker.prepare(file, limit)
            _check(wanted, worker.name, answer.data, seen)
            cells[worker.name].ms.append(answer.ms)
        return Row(source.title, limit, cells, {worker.name: worker.versions for worker in workers})


def _turns(workers: list[Worker], runs: int) -> Iterator[Worker]:
    """Each begins as often as every other, so that nobody always finds the caches of the same neighbour."""
    for run in range(runs):
        start = run % len(workers)
        yield from workers[start:] + workers[:start]


def _check(wanted: Wanted, name: str, output: bytes, seen: set[bytes]) -> None:
    """The same bytes once: checking takes longer than some of the work, and would heat the machine for nothing."""
    digest = sha256(output).digest()
    if digest not in seen:
        wanted.check(name, output)
        seen.add(digest)
