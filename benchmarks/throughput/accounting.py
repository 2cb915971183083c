"""From what a run has left behind to the numbers of its row."""

from dataclasses import dataclass, field

from benchmarks.throughput.scenarios import Scenario

ACCEPTED, REFUSED = "OK", "DeniedRequest"


@dataclass(slots=True)
class Log:
    """What was seen from outside the handler, while it ran and when it had ended.

    ``calls`` are AddImage's, by when the service saw them and the code that it answered; ``invocations`` when each
    began and ended, ``given_out`` the message ids of all their records. Of the keys that were ``uploaded``, the others
    say where they are in the end: ``redriven`` by the queue itself, without a reason; ``waiting`` in the queue.
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
    """``accepted`` is the rate in the window over the quota; ``billed`` seconds per picture in the index."""

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
        return self.refused / max(1, self.calls)

    @property
    def billed_over_floor(self) -> float:
        return self.billed / self.scenario.floor


def account(log: Log, scenario: Scenario) -> Result:
    """Raises ``ValueError`` for a run that ended before its window did, which would measure the backlog's end."""
    times = sorted(time for time, _ in log.calls)
    if not times:
        raise ValueError("no call was made")
    begin = times[0] + scenario.warm_up_seconds
    end = begin + scenario.window_seconds
    if len(log.indexed) == len(log.uploaded) and times[-1] < end:
        raise ValueError(f"the backlog was at its end {end - times[-1]:.1f} s before the window")
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
