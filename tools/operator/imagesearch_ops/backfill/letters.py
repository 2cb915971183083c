"""Write dead letters for an engine of ``backfill`` that does the function's work, in the function's own form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from imagesearch_ingest import __version__
from imagesearch_ingest.dead_letters import DeadLetter, Origin, dead_letter
from imagesearch_ingest.events import EventRecord, write_announcement
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.as_announced import LETTERS, WHY, WRITER, make_change
from imagesearch_ops.queues import OperatorQueue
from imagesearch_ops.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Letters:
    """Write letters into the run folder, and to the dead-letter queue if there is one."""

    settings: Settings
    folder: RunFolder
    run: str
    queue: OperatorQueue | None = None
    _origin: Origin = field(init=False)

    def __post_init__(self) -> None:
        """Describe this command as the function that writes the letters."""
        origin = Origin(
            instance=self.settings.instance_name,
            region=self.settings.instance_region,
            function_name=WRITER,
            function_version=__version__,
            pipeline_fingerprint=self.settings.fingerprint(),
            preparation=self.settings.preparation_fingerprint(),
            rule=self.settings.rule_fingerprint(),
        )
        object.__setattr__(self, "_origin", origin)

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Write a letter for each outcome. Each has a reason and an object. Raise ``IngestError`` of the queue."""
        letters = [self._compose(outcome) for outcome in outcomes]
        self.folder.append(LETTERS, *(letter.model_dump(mode="json", by_alias=True) for letter in letters))
        if self.queue and letters:
            for error in self.queue.send([letter.to_json() for letter in letters]):
                if error:
                    raise error

    def _compose(self, outcome: Outcome) -> DeadLetter:
        ref = outcome.ref
        if ref is None:
            raise ValueError("a backfill knows the object of each outcome")
        body = write_announcement(ref, WHY, self.run)
        record = EventRecord(self.run, None, 1, body, (make_change(ref, self.run),))
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return dead_letter(outcome, record, origin=self._origin, request_id=self.run, failed_at=now)
