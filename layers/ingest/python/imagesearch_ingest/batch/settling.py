"""One record, when its objects have come to their end: done with, or handed back.

Done with means: dead letters written, then deleted from the queue, inside the visibility window. Handed back means:
hidden for as long as waiting makes sense.
"""

import logging
import random
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from imagesearch_ingest.batch.ports import EventQueue, Reporter
from imagesearch_ingest.batch.redelivery import (
    needs_dead_letter,
    seconds_for_a_person,
    seconds_until_next_letter,
    seconds_until_next_receive,
)
from imagesearch_ingest.dead_letters import Origin, dead_letter
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectRef
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier

SETTLING_SECONDS = 2.0  # kept back of an invocation's time for the queue's answers, and for the last dead letters
LONGEST_AFTER_OUR_FAULT = 900

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What is one invocation's alone: several may be under way at once in one worker."""

    deadline: Deadline
    request_id: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A record that is not settled, and for how long waiting makes sense.

    ``faults`` are why: outcomes that are to be had again, and why a dead letter could not be written. It ``stops`` who
    takes records in their order when no other record would fare better.
    """

    record: EventRecord
    seconds: int
    faults: tuple[Outcome | IngestError, ...]

    @property
    def stops(self) -> bool:
        return any(
            isinstance(fault, IngestError) or (fault.is_systemic and fault.reason is not Reason.INSTANCE_FULL)
            for fault in self.faults
        )


@dataclass(frozen=True, slots=True)
class Settler:
    """Safe to be used by several threads at once, each with a record of its own."""

    queue: EventQueue | None  # none where the function is invoked without one
    dead_letters: DeadLetterQueue
    reporter: Reporter
    retry: Retrier
    clock: Clock
    rng: random.Random
    origin: Origin

    def settle(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: Invocation
    ) -> HandedBack | None:
        """``None`` when the record is done with. ``outcomes`` are at least those of its objects. Never raises."""
        try:
            return self._settle(record, outcomes, invocation)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one record must not fail its neighbours
            fault = Outcome(Result.FAILED, None, Reason.INTERNAL_ERROR, repr(error), traceback=traceback.format_exc())
            self._report(fault, record, invocation)
            # Not for so long that the queue's own end of it, a thousand receives, would come after its fortnight.
            seconds = min(LONGEST_AFTER_OUR_FAULT, seconds_until_next_letter(record.receive_count, self.rng))
            return self._hand_back(HandedBack(record, seconds, (fault,)))

    def batch_done(self) -> None:
        report_safely(self.reporter.batch_done)

    def _settle(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: Invocation
    ) -> HandedBack | None:
        mine = [outcome_of(note) for note in record.notes]
        mine += [as_seen_by(outcomes[ref], ref, record) for ref in record.refs]
        seconds = seconds_until_next_receive(mine, record.receive_count, self.rng)
        faults: list[Outcome | IngestError] = []
        for outcome in mine:
            lettered = needs_dead_letter(outcome, record.receive_count)
            fault = self._write_dead_letter(outcome, record, invocation) if lettered else None
            if fault:
                seconds = max(seconds or 0, self._seconds_until_letter(fault, record))
            if fault or (outcome.result is Result.FAILED and not lettered):
                faults.append(fault or outcome)
            self._report(outcome, record, invocation, lettered=lettered, fault=fault)
        if seconds is not None:
            return self._hand_back(HandedBack(record, seconds, tuple(faults)))
        self._acknowledge(record)
        return None

    def _report(
        self,
        outcome: Outcome,
        record: EventRecord,
        invocation: Invocation,
        *,
        lettered: bool = False,
        fault: IngestError | None = None,
    ) -> None:
        written, request_id = lettered and not fault, invocation.request_id
        report = self.reporter.object_done
        report_safely(lambda: report(outcome, record, request_id=request_id, dead_lettered=written, fault=fault))

    def _write_dead_letter(self, outcome: Outcome, record: EventRecord, invocation: Invocation) -> IngestError | None:
        letter = dead_letter(
            outcome,
            record,
            origin=self.origin,
            request_id=invocation.request_id,
            failed_at=self.clock.now().isoformat(timespec="milliseconds"),
        )
        try:
            self.retry(lambda: self.dead_letters.send(letter), Budget(invocation.deadline.later(SETTLING_SECONDS)))
        except IngestError as error:
            return error
        return None

    def _seconds_until_letter(self, fault: IngestError, record: EventRecord) -> int:
        return (
            seconds_for_a_person(self.rng)
            if fault.is_systemic
            else seconds_until_next_letter(record.receive_count, self.rng)
        )

    # Both may fail without harm: the platform deletes what was not handed back, and what was comes back by itself.

    def _acknowledge(self, record: EventRecord) -> None:
        if self.queue and record.receipt is not None:
            with suppress(Exception):
                self.queue.ack(record.receipt)

    def _hand_back(self, back: HandedBack) -> HandedBack:
        if self.queue and back.record.receipt is not None:
            with suppress(Exception):
                self.queue.defer(back.record.receipt, back.seconds)
        return back


def outcome_of(note: Note) -> Outcome:
    """Return the outcome that the event alone decided."""
    return Outcome(
        result=note.reason.result,
        ref=note.change.ref if note.change else None,
        reason=note.reason,
        detail=note.detail,
        index_holds=IndexHolds.PREVIOUS if note.reason.result is Result.REJECTED else None,
    )


def report_safely(report: Callable[[], None]) -> None:
    try:
        report()
    except Exception as error:  # noqa: BLE001 - what cannot be told must not undo what was done
        _LOGGER.error("what was done could not be reported: %s", type(error).__name__)  # noqa: TRY400 - what it quotes may be secret


def as_seen_by(outcome: Outcome, ref: ObjectRef, record: EventRecord) -> Outcome:
    """What this record makes of an outcome that it may share with others.

    An object that is gone although its upload was announced was deleted, with a reason that says so. And what may have
    become of a request at an earlier receive, whose worker has forgotten it, nobody knows.
    """
    if outcome.index_holds is IndexHolds.PREVIOUS and outcome.result is Result.FAILED and record.receive_count > 1:
        return replace(outcome, index_holds=IndexHolds.UNKNOWN)
    kinds = {change.kind for change in record.changes if change.ref == ref}
    if outcome.result is Result.DELETED and kinds == {ChangeKind.CREATED}:
        return replace(outcome, reason=Reason.GONE_BEFORE_INGEST, detail=Reason.GONE_BEFORE_INGEST.hint)
    return outcome
