"""The parameters of a simulation. The same setup always gives the same run."""

import random
from dataclasses import dataclass, field

from tests.chaos.faults import ScheduledFault
from tests.chaos.uploaders import ENCODED_KEY, HOUR, UploadPattern

CLOUDS = ("aws", "alibaba")
TIMEOUTS = {"aws": 300.0, "alibaba": 120.0}  # as in the templates
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Setup:
    """One simulation. ``scheduled_faults`` and ``full`` replace what the seed would draw.

    ``full`` is when the instance begins and ceases to be full, and how many entries it holds meanwhile. Calls take no
    time with ``slowness`` 0.
    """

    cloud: str
    seed: int
    objects: int = 200
    faults: float = 0.2
    pattern: UploadPattern = field(default_factory=UploadPattern)
    scheduled_faults: tuple[ScheduledFault, ...] | None = None
    full: tuple[float, float, int] | None = None
    faults_end: float | None = None
    adds_per_second: float = 5.0
    batch_size: int | None = None
    keep_lines: bool = False
    quiet: bool = False
    slowness: float = 1.0
    window_seconds: float = 1.0  # as in the templates
    invocation_seconds: float | None = None  # replaces the timeout of the template

    @property
    def timeout(self) -> float:
        return self.invocation_seconds or TIMEOUTS[self.cloud]

    @property
    def command(self) -> str:
        """Return the command that repeats the run and prints each step."""
        options = f"--seed {self.seed} --objects {self.objects} --faults {self.faults} --cloud {self.cloud}"
        return f".venv/bin/python -m tests.chaos {options} --trace"

    @property
    def last_fault(self) -> float:
        """Return when all faults have ended, in seconds from the start."""
        return self.faults_end if self.faults_end is not None else 3 * self.pattern.hours * HOUR


def draw_setup(cloud: str, seed: int, objects: int = 200) -> Setup:
    """Return a setup in which the seed also decides how much is uploaded, how fast, and how it is announced."""
    rng = random.Random(f"setup {cloud} {seed}")
    pattern = UploadPattern(
        hours=rng.choice((0.2, 1.0, 4.0)),
        max_changes=rng.choice((1, 4, 8)),
        key=rng.choice((None, None, ENCODED_KEY)),
        bad_payload=rng.choice((0.05, 0.2, 0.5)),
        announced_twice=rng.choice((0.0, 0.15, 0.5)),
        announced_late=rng.choice((0.0, 0.2, 0.5)),
        announced_together=rng.choice((0.0, 0.05, 0.5)),
        changed_in_work=rng.choice((0.0, 0.08, 0.2)),
        announced_by_hand=rng.choice((0.0, 0.1, 1.0)),
        put_back=rng.choice((0.0, 0.3, 0.9)),
    )
    return Setup(
        cloud,
        seed,
        rng.choice((objects // 4, objects)),
        rng.choice((0.05, 0.2, 0.4)),
        pattern,
        adds_per_second=rng.choice((1.0, 5.0, 20.0)),
        batch_size=rng.choice((1, 10, 200, 1250)),
    )
