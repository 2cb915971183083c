"""What is simulated: everything that a world depends on. The same setup makes the same world."""

from dataclasses import dataclass, field

from tests.chaos.faults import Weather
from tests.chaos.uploaders import HOUR, Habits

CLOUDS = ("aws", "alibaba")
TIMEOUTS = {"aws": 300.0, "alibaba": 120.0}  # the templates'
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Setup:
    """What is simulated. ``weather`` and ``capacity`` of a test's own take the place of the seed's."""

    cloud: str
    seed: int
    objects: int = 200
    faults: float = 0.2
    habits: Habits = field(default_factory=Habits)
    weather: tuple[Weather, ...] | None = None
    full: tuple[float, float, int] | None = None  # begins, ends, how many entries there may be meanwhile
    faults_end: float | None = None
    adds_per_second: float = 5.0
    batch_size: int | None = None
    keep_lines: bool = False
    quiet: bool = False
    slowness: float = 1.0
    window_seconds: float = 1.0  # MaximumBatchingWindowInSeconds in the template
    invocation_seconds: float | None = None  # the function's timeout; without one, the template's

    @property
    def timeout(self) -> float:
        return self.invocation_seconds or TIMEOUTS[self.cloud]

    @property
    def command(self) -> str:
        """To see it again."""
        options = f"--seed {self.seed} --objects {self.objects} --faults {self.faults} --cloud {self.cloud}"
        return f".venv/bin/python -m tests.chaos {options} --trace"

    @property
    def last_fault(self) -> float:
        """When all faults have ended, in seconds from the beginning."""
        return self.faults_end if self.faults_end is not None else 3 * self.habits.hours * HOUR
