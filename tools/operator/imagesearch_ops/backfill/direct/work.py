"""Turn listed objects into records, as if an announcement of each had been received."""

from dataclasses import dataclass

from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from imagesearch_ingest.events import EventRecord, write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.backfill.as_announced import WHY, make_change
from imagesearch_ops.backfill.direct.ledger import Entry
from imagesearch_ops.buckets.port import ListedObject


@dataclass(slots=True)
class Work:
    """One object to look at. ``tries`` counts this one, which may begin at ``due`` on the monotonic clock."""

    entry: Entry
    listed: ListedObject
    ref: ObjectRef
    run: str
    tries: int = 1
    due: float = 0.0

    @property
    def record(self) -> EventRecord:
        """Return the record of an announcement.

        From the second try on it counts as received for the last time: a fault that is certainly the object's own then
        ends in a dead letter, and any other one stops the run (docs/settling.md).
        """
        change = make_change(self.ref, self.run, size=self.listed.size, etag=self.listed.etag or None)
        return EventRecord(
            message_id=self.run,
            receipt=None,
            receive_count=1 if self.tries == 1 else LAST_RECEIVE,
            body=write_announcement(self.ref, WHY, self.run),
            changes=(change,),
        )
