"""Records: events of any platform in one shape."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass
from datetime import datetime

from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a result that the event alone decides: skipped or rejected, without a request to the bucket."""

    reason: Reason
    detail: str
    change: ObjectChange | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The dead letter that a record replays.

    ``of`` is the record ID of the first letter in the chain, ``count`` the number of replays including this one.
    ``record_id`` and ``code`` are those of the letter that was read.
    """

    of: str
    count: int
    record_id: str
    code: str


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A unit that is settled as a whole: a message of the queue, or the whole event if there is no queue.

    ``receipt`` is the handle by which the queue settles the message; ``None`` if there is no queue. ``body`` is the
    original event: for a replayed dead letter, the event that the letter holds, cut if ``body_truncated``.
    ``retention_began_at`` is the time from which the queue counts its retention; ``None`` if it is unknown.
    ``message`` is the message itself if it is another text than ``body``: a dead letter holds the original event.
    """

    message_id: str
    receipt: str | None
    receive_count: int
    body: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...] = ()
    first_received_at: str | None = None  # ISO 8601, UTC
    retention_began_at: datetime | None = None  # with a time zone
    replayed: Replayed | None = None
    body_truncated: bool = False
    message: str | None = None

    @property
    def text(self) -> str:
        """Return the text that delivers this record again."""
        return self.body if self.message is None else self.message

    @property
    def refs(self) -> KeysView[ObjectRef]:
        """Return the objects of the changes, each once, in the order of first mention."""
        return dict.fromkeys(change.ref for change in self.changes).keys()


def partition(items: Iterable[ObjectChange | Note]) -> tuple[tuple[ObjectChange, ...], tuple[Note, ...]]:
    """Separate the changes, for which the bucket has to be asked, from the notes. Keep the order of each."""
    items = tuple(items)
    changes = tuple(item for item in items if isinstance(item, ObjectChange))
    return changes, tuple(item for item in items if isinstance(item, Note))
