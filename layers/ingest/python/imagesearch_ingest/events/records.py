"""Records: events of any platform in one shape."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass

from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a result that the event alone decides: skipped or rejected, without a request to the bucket."""

    reason: Reason
    detail: str
    change: ObjectChange | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A unit that is settled as a whole: a message of the queue, or the whole event if there is no queue.

    ``receipt`` is the handle by which the queue settles the message; ``None`` if there is no queue.
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
        """Return the objects of the changes, each once, in the order of first mention."""
        return dict.fromkeys(change.ref for change in self.changes).keys()


def partition(items: Iterable[ObjectChange | Note]) -> tuple[tuple[ObjectChange, ...], tuple[Note, ...]]:
    """Separate the changes, for which the bucket has to be asked, from the notes. Keep the order of each."""
    items = tuple(items)
    changes = tuple(item for item in items if isinstance(item, ObjectChange))
    return changes, tuple(item for item in items if isinstance(item, Note))
