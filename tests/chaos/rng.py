"""Draws for each call whether and how it goes wrong, until all faults end."""

import random
from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import BY_PORT, KILLED_AFTER, KILLED_BEFORE, Fault, Port, Weather


class Chance:
    """``rate`` is the share of calls that meet a fault of their own, ``kill_rate`` of those that kill their worker."""

    def __init__(
        self, rng: random.Random, rate: float, ends: float, weather: Iterable[Weather] = (), *, kill_rate: float = 0.0
    ) -> None:
        self._rng = rng
        self._rate = rate
        self._kill_rate = kill_rate
        self.ends = ends
        self._weather: dict[Port, list[Weather]] = defaultdict(list)
        for one in weather:
            for port in one.ports:
                self._weather[port].append(one)

    def draw(self, port: Port, key: str, now: float) -> Fault | None:
        for weather in self._weather[port]:
            if weather.begins <= now < weather.ends and (weather.keys is None or key in weather.keys):
                return weather.fault
        if now >= self.ends or not self._rate:
            return None
        drawn = self._rng.random()
        if drawn < self._kill_rate:
            return self._rng.choice((KILLED_BEFORE, KILLED_AFTER))
        if drawn < self._kill_rate + self._rate:
            return self._rng.choice(BY_PORT[port])
        return None
