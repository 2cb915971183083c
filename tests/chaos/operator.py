"""An operator, who announces keys, and puts dead letters back into the queue at any moment, up to ten times each."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from tests.chaos.timeline import Timeline

MAX_REPLAYS = 10
_WAITS = (1.0, 60.0, 3600.0)


@dataclass(slots=True)
class Operator:
    """``after`` schedules an action. ``put_back`` and ``announced`` are the shares of letters and of keys."""

    timeline: Timeline
    rng: random.Random
    after: Callable[[float, Callable[[], None]], None]
    send: Callable[[str], None]
    put_back: float
    announced: float
    works_until: float

    def announce_some(self, refs: list[ObjectRef]) -> None:
        """Schedule announcements of some keys, before or after there is an object."""
        for ref in refs:
            if self.rng.random() < self.announced:
                body = write_announcement(ref, "backfill", "20260101T0000-0001")
                self.after(self.rng.random() * self.works_until, partial(self.send, body))

    def see(self, letter: DeadLetter) -> None:
        """Put a new letter back after a while, or leave it."""
        is_tired = letter.replay is not None and letter.replay.count >= MAX_REPLAYS
        if is_tired or self.timeline.now >= self.works_until or self.rng.random() >= self.put_back:
            return
        self.after(self.rng.choice(_WAITS) * self.rng.random(), partial(self.send, letter.to_json()))
