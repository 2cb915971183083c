"""Start the builds in turn, round by round, so that a slow machine slows all of them alike."""

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
    """The starts of one build. ``kept`` is the largest share of its files in the page cache before a start."""

    megabytes: float
    starts: list[Started] = field(default_factory=list)
    kept: float = 0.0

    def median(self, what: str) -> float:
        """Return the median of one time, in milliseconds."""
        return median(self.times(what))

    def times(self, what: str) -> list[float]:
        """Return one time of each start, in milliseconds."""
        return [getattr(start, what) for start in self.starts]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two medians, and the quartiles of the ratios of each round."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Table:
    """One platform, with or without its files in the page cache. The first build is compared with the others."""

    title: str
    cold: bool
    cells: dict[str, Cell]

    def ratio(self, name: str, what: str) -> Ratio:
        """Return the first build's time relative to that of the build ``name``."""
        ours, other = next(iter(self.cells.values())), self.cells[name]
        pairs = zip(ours.times(what), other.times(what), strict=True)
        low, _, high = quantiles([one / another for one, another in pairs], n=4, method="inclusive")
        return Ratio(ours.median(what) / other.median(what), low, high)


def measure(platform: Platform, picture: bytes, *, cold: bool, runs: int) -> Table:
    """Return the table of ``runs`` rounds. A first round fills the caches and does not count. Raise ``StartError``."""
    cells = {build.name: Cell(build.megabytes) for build in platform.builds}
    with ExitStack() as stack:
        cloud = stack.enter_context(platform.cloud())
        for number, build in enumerate(_turns(platform.builds, runs + 1)):
            key = f"shoes/{number}/front.jpg"
            cloud.upload(key, picture)
            kept = _drop_files(build) if cold else 0.0
            started = platform.begin(cloud, build, key)
            if number >= len(platform.builds):
                cells[build.name].starts.append(started)
                cells[build.name].kept = max(cells[build.name].kept, kept)
    return Table(platform.name, cold, cells)


def _turns(builds: list[Build], rounds: int) -> Iterator[Build]:
    """Yield the builds of each round. Each build comes first equally often, so that none profits from a neighbour."""
    for number in range(rounds):
        first = number % len(builds)
        yield from builds[first:] + builds[:first]


def _drop_files(build: Build) -> float:
    """Drop a build's files, and return the share that stayed in the page cache."""
    files = list(build.files())
    drop(files)
    return share_kept(files)
