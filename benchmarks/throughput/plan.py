"""List the rows, grouped so that rows which run at once do not slow each other down."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.throughput.scenarios import (
    FAR,
    FARTHEST,
    LIMITERS,
    Scenario,
    of_template,
    ours,
    tutorial,
)

Group = list[Scenario]
SMALL, LARGE, BEYOND = 1.0, 5.0, 50.0  # the quotas; with the services, two cores hardly reach the last one
_QUICK = {"backlog_seconds": 20.0, "warm_up_seconds": 2.0, "window_seconds": 10.0}
# A window must contain a change of batches. The tutorial's handler has no batches, and two workers at fifty a second
# have shorter ones.
_SHORT = {"backlog_seconds": 110.0, "window_seconds": 60.0}
_SHORTER_BATCHES = {"backlog_seconds": 200.0, "window_seconds": 100.0}
_TRIED = {"backlog_seconds": 100.0, "window_seconds": 25.0}
LAMBDAS = 100  # workers that Lambda starts for a backlog within a minute, without a limit


def quick() -> Iterator[Group]:
    """Yield the groups of a trial run, which takes a minute."""
    yield [ours(LARGE, **_QUICK), replace(ours(BEYOND, **_QUICK), simulated=True)]
    yield [tutorial(LARGE, **_QUICK)]


def full() -> Iterator[Group]:
    """Yield the groups of the published tables."""
    small, large = _ours(SMALL), _ours(LARGE)
    yield small + large[:2]
    yield large[2:]
    # The tutorial makes a new client for each picture, which keeps a processor busy at five a second.
    for limiter in LIMITERS:
        yield [tutorial(quota, limiter=limiter, **_SHORT) for quota in (SMALL, LARGE)]
    yield [ours(BEYOND, **_TRIED)]
    yield [tutorial(BEYOND, **_TRIED)]
    yield _simulated()


def _ours(quota: float, **options: float) -> Group:
    """Return rows near the instance with each limiter, and far from it with the default one."""
    near = [ours(quota, limiter=limiter, **options) for limiter in LIMITERS]
    return near + [ours(quota, legs_seconds=seconds, **options) for seconds in (FAR, FARTHEST)]


def _simulated() -> Group:
    """Return the simulated rows. Each needs a tenth of a processor."""
    workers, _ = of_template(BEYOND)
    rows = [*_ours(BEYOND, **_SHORTER_BATCHES), ours(BEYOND, workers=workers)]
    rows += [tutorial(BEYOND, limiter=limiter, **_SHORT) for limiter in LIMITERS]
    rows += [tutorial(BEYOND, workers=LAMBDAS, **_SHORT)]
    return [replace(row, simulated=True) for row in rows]
