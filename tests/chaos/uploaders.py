"""Uploaders, whose actions the seed decides; and how late, how often and in which order changes are announced."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.bucket import Action, Bucket, Change
from tests.chaos.payloads import GOOD_PAYLOAD, Payload, draw_payload
from tests.chaos.timeline import Timeline

HOUR = 3600.0
_ACTIONS, _ACTION_WEIGHTS = tuple(Action), (5, 2, 4, 2, 1)

_MOST_TOGETHER = 100  # changes in one message: an event of S3 has 64 KB at most


@dataclass(slots=True)
class UploadPattern:
    """How much uploaders do, and how it is announced. All but the first three are probabilities.

    ``key`` makes the key of every object from its number; without it, the keys are a mix.
    """

    hours: float = 2.0
    max_changes: int = 4
    key: str | None = None
    bad_payload: float = 0.2
    announced_twice: float = 0.15
    announced_late: float = 0.2
    announced_together: float = 0.05
    changed_in_work: float = 0.08  # for each call of a worker
    announced_by_hand: float = 0.1
    put_back: float = 0.3  # for each dead letter


@dataclass(slots=True)
class Uploaders:
    """``outstanding`` counts the changes and announcements that are still to come."""

    timeline: Timeline
    rng: random.Random
    bucket: Bucket
    send: Callable[[list[Change]], None]
    pattern: UploadPattern
    outstanding: int = 0
    _plans: dict[str, deque[tuple[Action, Payload]]] = field(default_factory=dict)
    _together: list[Change] = field(default_factory=list)

    def plan(self, objects: int) -> list[str]:
        """Draw and schedule the actions on so many objects. Return their keys."""
        for number in range(objects):
            key, first = draw_key(self.rng, number, self.pattern), self.rng.random() * self.pattern.hours * HOUR
            plan = self._plans[key] = deque([(Action.PUT, self._draw_payload(key))])
            self._schedule_next(first, key)
            instant = first
            for _ in range(int(self.rng.random() * self.pattern.max_changes)):
                plan.append((self.rng.choices(_ACTIONS, _ACTION_WEIGHTS)[0], self._draw_payload(key)))
                instant += self.rng.choice((0.3, 3.0, 60.0, HOUR)) * self.rng.random()
                self._schedule_next(instant, key)
        return list(self._plans)

    def schedule(self, instant: float, key: str, action: Action, payload: Payload = GOOD_PAYLOAD) -> None:
        """Schedule an action that a test wants."""
        self.after(instant - self.timeline.now, partial(self.bucket.apply, key, action, payload))

    def may_change(self, key: str) -> None:
        """Carry out the key's next action now, or do not: the rng decides."""
        plan = self._plans.get(key)
        if plan and self.rng.random() < self.pattern.changed_in_work:
            self._apply_next(key)

    def announce(self, change: Change) -> None:
        """Announce a change at least once."""
        for _ in range(1 + (self.rng.random() < self.pattern.announced_twice)):
            if self.rng.random() < self.pattern.announced_together:
                self._together.append(change)
                self.after(5.0, self._send_together)
                continue
            is_late = self.rng.random() < self.pattern.announced_late
            seconds = self.rng.choice((30.0, 600.0, HOUR)) * self.rng.random() if is_late else self.rng.random() * 2
            self.after(seconds, partial(self.send, [change]))

    def _send_together(self) -> None:
        together, self._together = self._together, []
        for start in range(0, len(together), _MOST_TOGETHER):
            self.send(together[start : start + _MOST_TOGETHER])

    def _draw_payload(self, key: str) -> Payload:
        return Payload(b"") if key.endswith("/") else draw_payload(self.rng, self.pattern.bad_payload)

    def _schedule_next(self, instant: float, key: str) -> None:
        self.after(instant - self.timeline.now, partial(self._apply_next, key))

    def _apply_next(self, key: str) -> None:
        if plan := self._plans[key]:
            action, payload = plan.popleft()
            self.bucket.apply(key, action, payload)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action, and expect it until then."""
        self.outstanding += 1

        def act() -> None:
            self.outstanding -= 1
            action()

        self.timeline.at(self.timeline.now + seconds, act)


# Decoded once more, it is another key.
ENCODED_KEY = "a b+c/{0} 100%.jpg"
# One key in fifty is of each of these kinds; all others are plain.
_KEYS = (
    "tmp/{0}.jpg",
    "folder-{0}/",
    "{0}-" + "x" * 260 + ".jpg",
    ENCODED_KEY,
    "鞋/{0}é.jpg",
    "{0}.jpg",
)


def draw_key(rng: random.Random, number: int, pattern: UploadPattern) -> str:
    kind = int(rng.random() * 50)
    return _KEYS[kind].format(number) if kind < len(_KEYS) and not pattern.key else usual_key(number, pattern)


def usual_key(number: int, pattern: UploadPattern) -> str:
    return pattern.key.format(number) if pattern.key else f"p{number % 37}/{number}.jpg"
