"""Every build in turn, round by round, so that what slows the machine slows them all."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.coldstart.builds import Build
from benchmarks.coldstart.page_cache import drop, share_kept
from benchmarks.coldstart.platforms import Platform
from benchmarks.coldstart.start import Started

IMPORTED, ANSWERED = "imported_ms", "answered_ms"


@dataclass(slots=True)
class Cell:
    """What is known of one build; ``kept`` is how much of its files the page cache held, at most, before a start."""

    megabytes: float
    starts: list[Started] = field(default_factory=list)
    kept: float = 0.0

    def median(self, what: str) -> float:
        return median(self.times(what))

    def times(self, what: str) -> list[float]:
        return [getattr(start, what) for start in self.starts]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of the medians; and the quartiles of what the rounds give, each taken by itself."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Table:
    """One platform, with its files in the page cache or not. The first build's times are held against the others'."""

    title: str
    cold: bool
    cells: dict[str, Cell]

    def ratio(self, name: str, what: str) -> Ratio:
        """The first build's time over that of the build called ``name``."""
        ours, other = next(iter(self.cells.values())), self.cells[name]
        pairs = zip(ours.times(what), other.times(what), strict=True)
        low, _, high = quantiles([one / another for one, another in pairs], n=4, method="inclusive")
        return Ratio(ours.median(what) / other.median(what), low, high)


def measure(platform: Platform, picture: bytes, *, cold: bool, runs: int) -> Table:
    """One round before those that count fills whatever caches there are. Raises ``StartError``."""
    cells = {build.name: Cell(build.megabytes) for build in platform.builds}
    with ExitStack() as stack:
        cloud = stack.enter_context(platform.cloud())
        for number, build in enumerate(_turns(platform.builds, runs + 1)):
            key = f"shoes/{number}/front.jpg"
            cloud.upload(key, picture)
            kept = _emptied(build) if cold else 0.0
            started = platform.begin(cloud, build, key)
            if number >= len(platform.builds):
                cells[build.name].starts.append(started)
                cells[build.name].kept = max(cells[build.name].kept, kept)
    return Table(platform.name, cold, cells)


def _turns(builds: list[Build], rounds: int) -> Iterator[Build]:
    """Each begins as often as every other, so that nobody always finds the caches of the same neighbour."""
    for number in range(rounds):
        first = number % len(builds)
        yield from builds[first:] + builds[:first]


def _emptied(build: Build) -> float:
    """What stayed in the page cache although it was dropped."""
    files = list(build.files())
    drop(files)
    return share_kept(files)
