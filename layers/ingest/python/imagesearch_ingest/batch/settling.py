"""Settle one record once its objects are done: acknowledge it, or hand it back.

To acknowledge is to write the dead letters and then delete the record from the queue, within the visibility timeout. To
hand back is to defer the record for as long as waiting makes sense.
"""

import logging
import random
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from imagesearch_ingest.batch.ports import EventQueue, Reporter
from imagesearch_ingest.batch.redelivery import (
    SQS_RETENTION,
    Delivery,
    needs_dead_letter,
    seconds_after_bug,
    seconds_of_outage,
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

SETTLING_SECONDS = 2.0  # reserved at an invocation's end for the queue's responses and the last dead letters

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invocation:
    """Hold the values of one invocation. Several invocations may run at once in one worker."""

    deadline: Deadline
    request_id: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A record that is not settled, the seconds to wait, and why.

    ``faults`` are the outcomes that must be repeated, and the errors of dead letters that could not be written.
    """

    record: EventRecord
    seconds: int
    faults: tuple[Outcome | IngestError, ...]


@dataclass(frozen=True, slots=True)
class Settler:
    """Settle records. Safe for several threads at once, each with its own record.

    ``queue`` is ``None`` where the function is invoked without one. ``retry`` repeats the dead-letter queue's requests.
    ``retention`` is how long the queue keeps a message.
    """

    queue: EventQueue | None
    dead_letters: DeadLetterQueue
    reporter: Reporter
    retry: Retrier
    clock: Clock
    rng: random.Random
    origin: Origin
    retention: timedelta = SQS_RETENTION

    def settle(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: Invocation
    ) -> HandedBack | None:
        """Return ``None`` once the record is acknowledged, or the record that was handed back. Never raise.

        ``outcomes`` holds at least those of the record's objects.
        """
        try:
            return self._settle(record, outcomes, invocation)
        except Exception as error:  # noqa: BLE001 - a bug in one record must not fail its neighbours
            fault = Outcome(Result.FAILED, None, Reason.INTERNAL_ERROR, repr(error), traceback=traceback.format_exc())
            self._report(fault, record, invocation)
            return self._hand_back(HandedBack(record, seconds_after_bug(record.receive_count, self.rng), (fault,)))

    def give_up(self, back: HandedBack, invocation: Invocation) -> bool:
        """Write dead letters for what is left of a record that the queue cannot take back.

        Return whether all are written. A letter that could not be written before is not tried again.
        """
        left = [fault for fault in back.faults if isinstance(fault, Outcome)]
        if len(left) < len(back.faults):
            return False
        for outcome in left:
            fault = self._write_dead_letter(outcome, back.record, invocation)
            self._report(outcome, back.record, invocation, lettered=True, fault=fault)
            if fault:
                return False
        return True

    def batch_done(self) -> None:
        """Report the end of the batch. Never raise."""
        report_safely(self.reporter.batch_done)

    def _settle(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: Invocation
    ) -> HandedBack | None:
        delivery = Delivery.of(record, self.clock.now(), self.retention)
        mine = [outcome_of(note) for note in record.notes] + as_seen_by(record, outcomes)
        seconds = seconds_until_next_receive(mine, delivery, self.rng)
        faults: list[Outcome | IngestError] = []
        letters: dict[object, IngestError | None] = {}
        for outcome in mine:
            lettered = needs_dead_letter(outcome, delivery)
            about = outcome.ref, outcome.state, outcome.reason  # what the letter's record ID is made of
            if lettered and about not in letters:
                letters[about] = self._write_dead_letter(outcome, record, invocation)
            fault = letters[about] if lettered else None
            if fault or (outcome.result is Result.FAILED and not lettered):
                faults.append(fault or outcome)
            self._report(outcome, record, invocation, lettered=lettered, fault=fault)
        if any(letters.values()):
            seconds = max(seconds or 0, seconds_of_outage(delivery, self.rng))
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
        """Return why the letter could not be written, or ``None``."""
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

    # Both may fail without harm. The platform deletes a record that was not handed back. A record that could not be
    # deferred comes back after the visibility timeout.

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
    """Return the outcome of a note, which the event alone decided."""
    return Outcome(
        result=note.reason.result,
        ref=note.change.ref if note.change else None,
        reason=note.reason,
        detail=note.detail,
        index_holds=IndexHolds.PREVIOUS if note.reason.result is Result.REJECTED else None,
    )


def as_seen_by(record: EventRecord, outcomes: Mapping[ObjectRef, Outcome]) -> list[Outcome]:
    """Return this record's view of the outcomes of its objects, which several records may share."""
    kinds: dict[ObjectRef, set[ChangeKind]] = {}
    for change in record.changes:
        kinds.setdefault(change.ref, set()).add(change.kind)
    return [_as_announced(outcomes[ref], seen, record.receive_count) for ref, seen in kinds.items()]


def _as_announced(outcome: Outcome, kinds: set[ChangeKind], receive_count: int) -> Outcome:
    """Return the outcome of an object of which one record announced changes of these kinds.

    An object that is gone although its upload was announced gets the reason ``GONE_BEFORE_INGEST``. After an earlier
    receive it is unknown what the index holds, because nobody remembers that worker's requests.
    """
    if outcome.index_holds is IndexHolds.PREVIOUS and outcome.result is Result.FAILED and receive_count > 1:
        return replace(outcome, index_holds=IndexHolds.UNKNOWN)
    if outcome.result is Result.DELETED and kinds == {ChangeKind.CREATED}:
        return replace(outcome, reason=Reason.GONE_BEFORE_INGEST, detail=Reason.GONE_BEFORE_INGEST.hint)
    return outcome


def report_safely(report: Callable[[], None]) -> None:
    """Call ``report``, and log its failure: a lost report must not undo finished work."""
    try:
        report()
    except Exception as error:  # noqa: BLE001 - as above
        # Without the error's text and traceback, which may quote a secret.
        _LOGGER.error("could not report a finished object: %s", type(error).__name__)  # noqa: TRY400
