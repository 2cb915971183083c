"""Draw for each call whether and how it fails, until all faults end."""

import random
from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import CALL_FAULTS, KILLED_AFTER, KILLED_BEFORE, Fault, ScheduledFault
from tests.support.intercepted import Operation


class FaultRng:
    """``rate`` is the share of calls that meet a fault, ``kill_rate`` the share that kill their worker."""

    def __init__(
        self,
        rng: random.Random,
        rate: float,
        ends: float,
        scheduled: Iterable[ScheduledFault] = (),
        *,
        kill_rate: float = 0.0,
    ) -> None:
        self._rng = rng
        self._rate = rate
        self._kill_rate = kill_rate
        self.ends = ends
        self._scheduled: dict[Operation, list[ScheduledFault]] = defaultdict(list)
        for one in scheduled:
            for operation in one.operations:
                self._scheduled[operation].append(one)

    def draw(self, operation: Operation, key: str, now: float) -> Fault | None:
        """Return the call's fault. Scheduled faults come first."""
        for one in self._scheduled[operation]:
            if one.begins <= now < one.ends and (one.keys is None or key in one.keys):
                return one.fault
        if now >= self.ends or not self._rate:
            return None
        drawn = self._rng.random()
        if drawn < self._kill_rate:
            return self._rng.choice((KILLED_BEFORE, KILLED_AFTER))
        if drawn < self._kill_rate + self._rate:
            return self._rng.choice(CALL_FAULTS[operation])
        return None
