"""A queue of SMQ as an EventBridge stream reads it: delays, seven days; what the stream holds it holds."""

import heapq
import random
from dataclasses import dataclass, field
from itertools import count

from tests.chaos.sqs import DAY
from tests.chaos.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SmqMessage:
    message_id: str
    text: str
    sent_at: float


@dataclass(slots=True)
class Smq:
    """``expired`` is what nobody has read in seven days after it came into view (SMQ, "Limits")."""

    timeline: Timeline
    rng: random.Random
    retention_seconds: float = 7 * DAY
    expired: list[SmqMessage] = field(default_factory=list)
    _delayed: list[tuple[float, int, SmqMessage]] = field(default_factory=list)
    _visible: list[SmqMessage] = field(default_factory=list)
    _held: int = 0
    _numbers: count = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._delayed) + len(self._visible) + self._held

    def send(self, text: str, seconds: float = 0.0) -> None:
        number = next(self._numbers)
        heapq.heappush(self._delayed, (self.timeline.now + seconds, number, SmqMessage(f"M{number}", text, 0.0)))

    def take(self, most: int) -> list[SmqMessage]:
        """For as long as the stream likes: it alone reads."""
        self._uncover()
        batch = [self._any_visible() for _ in range(min(most, len(self._visible)))]
        fresh = [message for message in batch if self.timeline.now - message.sent_at < self.retention_seconds]
        self.expired += [message for message in batch if message not in fresh] if len(fresh) < len(batch) else []
        self._held += len(fresh)
        return fresh

    def delete(self, batch: list[SmqMessage]) -> None:
        self._held -= len(batch)

    def seconds_until_visible(self) -> float:
        return max(0.0, self._delayed[0][0] - self.timeline.now) if self._delayed else DAY

    def _uncover(self) -> None:
        while self._delayed and self._delayed[0][0] <= self.timeline.now:
            visible_at, _, message = heapq.heappop(self._delayed)
            self._visible.append(SmqMessage(message.message_id, message.text, visible_at))

    def _any_visible(self) -> SmqMessage:
        """Nearly in order, as SMQ gives them out."""
        place = int(self.rng.random() * min(len(self._visible), 8))
        return self._visible.pop(place)
