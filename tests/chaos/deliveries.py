"""Since when the queue has kept each record that a worker handles: an old one ends whatever its fault is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from imagesearch_ingest.dead_letters import DeadLetter
from tests.chaos.timeline import Timeline
from tests.support.queues import DAY, FakeMessage

# How long the queues keep a message: as the template sets it for SQS, and as SMQ always does.
RETENTION_SECONDS = {"aws": 14 * DAY, "alibaba": 7 * DAY}


@dataclass
class Deliveries:
    """The messages of the latest invocation of each worker."""

    cloud: str
    timeline: Timeline
    _latest: dict[str, "_Delivered"] = field(default_factory=dict)

    def begin(self, request_id: str, batch: list[FakeMessage]) -> None:
        self._latest[_worker(request_id)] = _Delivered(self.cloud, self.timeline, request_id, batch)

    def is_last_day(self, letter: DeadLetter) -> bool | None:
        """Return whether the letter's event was delivered in its last day; ``None`` if this invocation did not get it.

        Of several messages with the same event the oldest counts. A letter holds only the beginning of a long event.
        """
        request_id, event = letter.function.request_id, letter.original_event
        delivered = self._latest[_worker(request_id)]
        kept_since: float | None = None
        if delivered.request_id == request_id and letter.original_event_truncated:
            kept_since = min((at for text, at in delivered.kept_since.items() if text.startswith(event)), default=None)
        elif delivered.request_id == request_id:
            kept_since = delivered.kept_since.get(event)
        return None if kept_since is None else self.is_last_day_of(kept_since)

    def is_last_day_of(self, kept_since: float) -> bool:
        """Return whether the queue has kept a message for its retention, but for a day at most."""
        return self.timeline.now - kept_since >= RETENTION_SECONDS[self.cloud] - DAY


@dataclass
class _Delivered:
    cloud: str
    timeline: Timeline
    request_id: str
    batch: list[FakeMessage]

    @cached_property
    def kept_since(self) -> dict[str, float]:
        """Return since when the queue has kept each event. A message sent again is as old as its first receive."""
        since: dict[str, float] = {}
        for message in self.batch:
            begins = message.first_visible_at if self.cloud == "aws" else message.first_received_at
            for text, first_received in _events(message.body):
                began = self.timeline.seconds(first_received) if first_received else begins
                since[text] = min(began, since.get(text, began))
        return since


def _worker(request_id: str) -> str:
    return request_id.rpartition("-")[0]


def _events(body: str, first_received: datetime | None = None) -> Iterator[tuple[str, datetime | None]]:
    """Yield the message, and the event inside a retry envelope or a dead letter."""
    yield body, first_received
    content = json.loads(body)
    envelope = content.get("imagesearch_ingest", {})
    if "message" in envelope:
        yield from _events(envelope["message"], datetime.fromisoformat(envelope["first_received_at"]))
    elif "original_event" in content:
        yield content["original_event"], first_received
