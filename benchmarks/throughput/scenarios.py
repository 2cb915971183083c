"""What is measured: whose handler, against which instance. A row of the tables each."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OURS, TUTORIAL = "this project", "tutorial"
LIMITERS = ("token_bucket", "calendar_second", "one_in_flight")
NEAR, FAR, FARTHEST = 0.61, 1.5, 4.0  # seconds, all three legs of an add
SHARES = {"authorize": 60 / 610, "upload": 150 / 610, "add": 400 / 610}
TWO_WORKERS = 2
TIMEOUTS = {OURS: 300, TUTORIAL: 30}
TUTORIAL_WORKERS = 10
# SQS's own default; and how often a tutorial's queue gives a message out before it goes to a dead-letter queue.
TUTORIAL_VISIBILITY_SECONDS, TUTORIAL_RECEIVES = 30, 5


@dataclass(frozen=True, slots=True)
class Scenario:
    """``quota`` in calls a second; ``legs_seconds`` is what the three requests of an add take together.

    ``backlog_seconds`` is for how long the backlog lasts at the full quota: two full batches of each worker, so that
    none is without one before the window's end. Accepted calls are counted in ``window_seconds``, which begin
    ``warm_up_seconds`` after the first call has arrived.
    """

    handler: str
    quota: float
    legs_seconds: float = NEAR
    limiter: str = LIMITERS[0]
    workers: int = TWO_WORKERS
    batch_size: int = 1
    timeout_seconds: float = TIMEOUTS[OURS]
    simulated: bool = False
    backlog_seconds: float = 500
    warm_up_seconds: float = 30
    window_seconds: float = 250

    @property
    def backlog(self) -> int:
        return round(self.quota * self.backlog_seconds)

    @property
    def most_seconds(self) -> float:
        """After the first call no more is begun, even if the backlog is still there."""
        if self.handler == TUTORIAL:  # whose repeats would come for long
            return self.warm_up_seconds + self.window_seconds
        return self.backlog_seconds * 1.2

    @property
    def floor(self) -> float:
        """Seconds billed per picture if the workers did nothing but wait for the quota."""
        return self.workers / self.quota

    @property
    def capacity(self) -> float:
        """Calls a second that the limiter can take at all."""
        if self.limiter == "one_in_flight":
            return min(self.quota, 1 / self.latencies["add"])
        return self.quota

    @property
    def latencies(self) -> dict[str, float]:
        return {leg: round(share * self.legs_seconds, 4) for leg, share in SHARES.items()}


def of_template(quota: float) -> tuple[int, int]:
    """The workers and the batch size that template.yaml has for this rate."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    found = re.search(rf'"{quota:g}": {{ MaxConcurrency: (\d+), BatchSize: (\d+) }}', text)
    if not found:
        raise ValueError(f"template.yaml has nothing for {quota:g} a second")
    return int(found[1]), int(found[2])


def ours(quota: float, **options: Any) -> Scenario:  # noqa: ANN401 - any of its fields
    _, batch_size = of_template(quota)
    return replace(Scenario(OURS, quota, batch_size=batch_size), **options)


def tutorial(quota: float, **options: Any) -> Scenario:  # noqa: ANN401 - any of its fields
    timeout = TIMEOUTS[TUTORIAL]
    return replace(Scenario(TUTORIAL, quota, workers=TUTORIAL_WORKERS, timeout_seconds=timeout), **options)
