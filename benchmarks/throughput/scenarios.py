"""The scenarios that are measured: a handler and an instance. Each is one row of the tables."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OURS, TUTORIAL = "this project", "tutorial"
LIMITERS = ("token_bucket", "calendar_second", "one_in_flight")
NEAR, FAR, FARTHEST = 0.61, 1.5, 4.0  # seconds for the three requests of an add together
SHARES = {"authorize": 60 / 610, "upload": 150 / 610, "add": 400 / 610}
TWO_WORKERS = 2
TIMEOUTS = {OURS: 300, TUTORIAL: 30}
TUTORIAL_WORKERS = 10
# The default of SQS, and the receives after which the tutorial's queue redrives a message.
TUTORIAL_VISIBILITY_SECONDS, TUTORIAL_RECEIVES = 30, 5


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row. ``quota`` is in calls a second; the three requests of an add take ``legs_seconds`` together.

    At the full quota, the backlog lasts ``backlog_seconds``: two full batches for each worker, so that no worker
    idles before the window ends. The window lasts ``window_seconds`` and begins ``warm_up_seconds`` after the
    first call.
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
        """Return the number of pictures."""
        return round(self.quota * self.backlog_seconds)

    @property
    def most_seconds(self) -> float:
        """Return the seconds after the first call when the row ends, even if pictures are left."""
        if self.handler == TUTORIAL:  # its repeated messages would come back for long
            return self.warm_up_seconds + self.window_seconds
        return self.backlog_seconds * 1.2

    @property
    def floor(self) -> float:
        """Return the seconds billed per picture if the workers only waited for the quota."""
        return self.workers / self.quota

    @property
    def capacity(self) -> float:
        """Return the calls a second that the limiter accepts at most."""
        if self.limiter == "one_in_flight":
            return min(self.quota, 1 / self.latencies["add"])
        return self.quota

    @property
    def latencies(self) -> dict[str, float]:
        """Return the seconds of each request of an add."""
        return {leg: round(share * self.legs_seconds, 4) for leg, share in SHARES.items()}


def of_template(quota: float) -> tuple[int, int]:
    """Return the workers and the batch size that template.yaml has for this rate."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    workers, batch = (re.search(rf'"{quota:g}": {{ {name}: (\d+)', text) for name in ("MaxConcurrency", "Full"))
    if not workers or not batch:
        raise ValueError(f"template.yaml has no row for a quota of {quota:g} a second")
    return int(workers[1]), int(batch[1])


def ours(quota: float, **options: Any) -> Scenario:  # noqa: ANN401 - any of its fields
    """Return a scenario of this project's handler."""
    _, batch_size = of_template(quota)
    return replace(Scenario(OURS, quota, batch_size=batch_size), **options)


def tutorial(quota: float, **options: Any) -> Scenario:  # noqa: ANN401 - any of its fields
    """Return a scenario of the tutorial's handler."""
    timeout = TIMEOUTS[TUTORIAL]
    return replace(Scenario(TUTORIAL, quota, workers=TUTORIAL_WORKERS, timeout_seconds=timeout), **options)
