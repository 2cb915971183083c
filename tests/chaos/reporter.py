"""A reporter that writes each outcome to the journal, and complains about bugs."""

from dataclasses import dataclass

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason
from tests.chaos.ledger import Ledger


@dataclass(frozen=True, slots=True)
class LedgerReporter:
    """A ``Reporter`` that keeps no outcomes: a long run has a million of them."""

    ledger: Ledger

    def object_done(
        self, outcome: Outcome, record: EventRecord, *, request_id: str, dead_lettered: bool, fault: IngestError | None
    ) -> None:
        key = outcome.ref.key if outcome.ref else ""
        if outcome.reason is Reason.INTERNAL_ERROR:
            self.ledger.complain(key, f"internal error: {outcome.traceback}")
        reason = outcome.reason.code if outcome.reason else ""
        self.ledger.journal.note(outcome.result, request_id, key, reason, record.receive_count, dead_lettered, fault)

    def batch_done(self) -> None: ...
