"""What a worker says of each object. Whatever it may meet, it must never be a fault of its own."""

from dataclasses import dataclass

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason
from tests.chaos.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Told:
    """A ``Reporter``."""

    ledger: Ledger

    def object_done(
        self, outcome: Outcome, record: EventRecord, *, request_id: str, dead_lettered: bool, fault: IngestError | None
    ) -> None:
        key = outcome.ref.key if outcome.ref else ""
        if outcome.reason is Reason.INTERNAL_ERROR:
            self.ledger.complain(key, f"a fault of ours: {outcome.traceback}")
        reason = outcome.reason.code if outcome.reason else ""
        self.ledger.journal.note(outcome.result, request_id, key, reason, record.receive_count, dead_lettered, fault)

    def batch_done(self) -> None: ...
