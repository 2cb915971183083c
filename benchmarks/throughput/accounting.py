"""Compute the numbers of a row from the log of its run."""

from dataclasses import dataclass, field

from benchmarks.throughput.scenarios import Scenario

ACCEPTED, REFUSED = "OK", "DeniedRequest"


@dataclass(slots=True)
class Log:
    """The observations of a run, made from outside the handler.

    ``calls`` holds the time and the code of each AddImage call, ``invocations`` each begin and end, and ``given_out``
    the message ID of each record received. The other sets say where the ``uploaded`` keys are in the end. The queue
    itself has ``redriven`` a message, without a reason.
    """

    calls: list[tuple[float, str]] = field(default_factory=list)
    invocations: list[tuple[float, float]] = field(default_factory=list)
    given_out: list[str] = field(default_factory=list)
    uploaded: set[str] = field(default_factory=set)
    indexed: set[str] = field(default_factory=set)
    lettered: set[str] = field(default_factory=set)
    redriven: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Result:
    """One row. ``accepted`` is a share of the quota; ``billed`` is in seconds per picture in the index."""

    scenario: Scenario
    accepted: float
    window_seconds: float
    calls: int
    refused: int
    billed: float
    added: int
    dead_letters: int
    redriven: int
    waiting: int
    lost: int
    repeats: int
    seconds: float

    @property
    def refused_share(self) -> float:
        """Return the share of calls that were refused."""
        return self.refused / max(1, self.calls)

    @property
    def billed_over_floor(self) -> float:
        """Return the billed time relative to the least possible time."""
        return self.billed / self.scenario.floor


def account(log: Log, scenario: Scenario) -> Result:
    """Return the row's numbers. Raise ``ValueError`` if the backlog ended before the window did."""
    times = sorted(time for time, _ in log.calls)
    if not times:
        raise ValueError("the handler made no AddImage call")
    begin = times[0] + scenario.warm_up_seconds
    end = begin + scenario.window_seconds
    if len(log.indexed) == len(log.uploaded) and times[-1] < end:
        raise ValueError(f"the backlog ended {end - times[-1]:.1f} s before the window; lengthen backlog_seconds")
    accepted = sum(1 for time, code in log.calls if code == ACCEPTED and begin <= time < end)
    left = log.uploaded - log.indexed - log.lettered
    return Result(
        scenario=scenario,
        accepted=accepted / scenario.window_seconds / scenario.quota,
        window_seconds=scenario.window_seconds,
        calls=len(log.calls),
        refused=sum(1 for _, code in log.calls if code == REFUSED),
        billed=sum(end - begin for begin, end in log.invocations) / max(1, len(log.indexed)),
        added=len(log.indexed),
        dead_letters=len(log.lettered),
        redriven=len(left & log.redriven),
        waiting=len(left & log.waiting - log.redriven),
        lost=len(left - log.redriven - log.waiting),
        repeats=len(log.given_out) - len(set(log.given_out)),
        seconds=max(end for _, end in log.invocations) - times[0],
    )
