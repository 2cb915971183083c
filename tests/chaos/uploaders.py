"""What people do to the bucket, drawn by the seed; and how late, how often and in which order it is announced."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.bucket import Act, Bucket, Change
from tests.chaos.payloads import A_PICTURE, Content, a_content
from tests.chaos.timeline import Timeline

HOUR = 3600.0
_ACTS, _ACT_WEIGHTS = tuple(Act), (5, 2, 4, 2, 1)


@dataclass(slots=True)
class Habits:
    """How busy people are, and how unruly the platform's announcements."""

    hours: float = 2.0
    most_changes: int = 4
    share_of_bad: float = 0.2
    twice: float = 0.15
    late: float = 0.2
    together: float = 0.05
    impatient: float = 0.08  # how often a key is changed at the very moment when a worker is busy with it


@dataclass(slots=True)
class People:
    """``outstanding`` is how many changes and announcements are still to come."""

    timeline: Timeline
    rng: random.Random
    bucket: Bucket
    send: Callable[[list[Change]], None]
    habits: Habits
    outstanding: int = 0
    _plans: dict[str, deque[tuple[Act, Content]]] = field(default_factory=dict)
    _together: list[Change] = field(default_factory=list)

    def plan(self, objects: int) -> None:
        for number in range(objects):
            key, first = a_key(self.rng, number), self.rng.random() * self.habits.hours * HOUR
            plan = self._plans[key] = deque([(Act.PUT, self._content(key))])
            self._later(first, key)
            instant = first
            for _ in range(int(self.rng.random() * self.habits.most_changes)):
                plan.append((self.rng.choices(_ACTS, _ACT_WEIGHTS)[0], self._content(key)))
                instant += self.rng.choice((0.3, 3.0, 60.0, HOUR)) * self.rng.random()
                self._later(instant, key)

    def do(self, instant: float, key: str, act: Act, content: Content = A_PICTURE) -> None:
        """What a test wants to be done."""
        self._after(instant - self.timeline.now, partial(self.bucket.act, key, act, content))

    def stir(self, key: str) -> None:
        plan = self._plans.get(key)
        if plan and self.rng.random() < self.habits.impatient:
            self._act(key)

    def announce(self, change: Change) -> None:
        """At least once."""
        for _ in range(1 + (self.rng.random() < self.habits.twice)):
            if self.rng.random() < self.habits.together:
                self._together.append(change)
                self._after(5.0, self._send_together)
                continue
            late = self.rng.random() < self.habits.late
            seconds = self.rng.choice((30.0, 600.0, HOUR)) * self.rng.random() if late else self.rng.random() * 2
            self._after(seconds, partial(self.send, [change]))

    def _send_together(self) -> None:
        if self._together:
            self.send(self._together)
            self._together = []

    def _content(self, key: str) -> Content:
        return Content(b"") if key.endswith("/") else a_content(self.rng, self.habits.share_of_bad)

    def _later(self, instant: float, key: str) -> None:
        self._after(instant - self.timeline.now, partial(self._act, key))

    def _act(self, key: str) -> None:
        if plan := self._plans[key]:
            act, content = plan.popleft()
            self.bucket.act(key, act, content)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self.outstanding += 1

        def act() -> None:
            self.outstanding -= 1
            action()

        self.timeline.at(self.timeline.now + seconds, act)


# One key in fifty is of each of these kinds; the others are like most people's.
_KEYS = (
    "tmp/{0}.jpg",
    "folder-{0}/",
    "{0}-" + "x" * 260 + ".jpg",
    "a b+c/{0} 100%.jpg",
    "鞋/{0}é.jpg",
    "{0}.jpg",
)


def a_key(rng: random.Random, number: int) -> str:
    kind = int(rng.random() * 50)
    return _KEYS[kind].format(number) if kind < len(_KEYS) else plain_key(number)


def plain_key(number: int) -> str:
    return f"p{number % 37}/{number}.jpg"
