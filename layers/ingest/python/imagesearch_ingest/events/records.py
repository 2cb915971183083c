"""What the platform's events are turned into."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass

from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Note:
    """Decided by the event alone: skipped or rejected, with no look at the bucket."""

    reason: Reason
    detail: str
    change: ObjectChange | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """What is settled as one: a message of the queue, or, where there is no queue, the whole event.

    ``receipt`` is what the queue wants to hear to settle it; ``None`` where there is no queue.
    """

    message_id: str
    receipt: str | None
    receive_count: int
    body: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...] = ()
    first_received_at: str | None = None  # ISO 8601, UTC

    @property
    def refs(self) -> KeysView[ObjectRef]:
        """The objects that it speaks of, each once, in the order of their first mention."""
        return dict.fromkeys(change.ref for change in self.changes).keys()


def partition(found: Iterable[ObjectChange | Note]) -> tuple[tuple[ObjectChange, ...], tuple[Note, ...]]:
    """What is to be looked at in the bucket, and what is decided already; each in order."""
    items = tuple(found)
    changes = tuple(item for item in items if isinstance(item, ObjectChange))
    return changes, tuple(item for item in items if isinstance(item, Note))
