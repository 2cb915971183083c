"""A reporter that writes each outcome to the journal. It complains about bugs and about records that wait too long."""

from dataclasses import dataclass

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
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
        if outcome.result is Result.FAILED and not dead_lettered and not fault and self._is_last_day(record):
            self.ledger.complain(key, "handed back in the last day of its record")
        reason = outcome.reason.code if outcome.reason else ""
        self.ledger.journal.note(outcome.result, request_id, key, reason, record.receive_count, dead_lettered, fault)

    def batch_done(self) -> None: ...

    def _is_last_day(self, record: EventRecord) -> bool:
        """Return whether the queue would soon drop the record.

        Every record must say since when the queue has kept it. SMQ does not say it at the first receive.
        """
        if record.retention_began_at is None:
            if self.ledger.deliveries.cloud == "aws" or record.receive_count > 1:
                self.ledger.complain(record.message_id, "nobody knows how old its record is")
            return False
        began = self.ledger.timeline.seconds(record.retention_began_at)
        return self.ledger.deliveries.is_last_day_of(began)
