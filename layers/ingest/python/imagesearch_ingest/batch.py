"""A batch of records: each object once, each record settled by itself, as soon as its objects are done.

Settled means: dead letters written, then deleted from the queue, inside the visibility window; or handed back, hidden
for as long as waiting makes sense. What the platform is told in the end is only which records were handed back.
"""

import random
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from imagesearch_ingest.dead_letters import Origin, dead_letter
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.ingest import Ingest
from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.outcomes import (
    FIRST_ISOLATED_RECEIVE,
    HALF_AN_HOUR,
    IndexHolds,
    Outcome,
    needs_dead_letter,
    seconds_until_next_receive,
)
from imagesearch_ingest.ports import Clock, DeadLetterQueue, EventQueue, Executor
from imagesearch_ingest.reasons import FaultClass, Reason, Result
from imagesearch_ingest.retrying import Budget, Deadline, Retrier

DEAD_LETTER_RETRY_SECONDS = 60
# A full instance still takes deletes, which make room; and one bucket that is gone says nothing of the others.
STOPS_ONLY_ITSELF = frozenset({Reason.INSTANCE_FULL, Reason.BUCKET_MISSING, Reason.BUCKET_FORBIDDEN})

PROOFS = frozenset({Result.ADDED, Result.DELETED})  # that the outage is over: Image Search has answered


class Reporter(Protocol):
    """Is told of every object and of every batch, for logs and metrics."""

    def object_done(
        self, outcome: Outcome, record: EventRecord, *, dead_lettered: bool, fault: IngestError | None
    ) -> None:
        """``fault`` says why a dead letter that was due could not be written; its record is handed back."""
        ...

    def batch_done(self) -> None: ...


@dataclass(slots=True)
class Batch:
    """Lives as long as its worker. It remembers one thing: that nothing works until a person acts.

    No object is begun with less than ``journey_seconds`` left.
    """

    ingest: Ingest
    queue: EventQueue | None  # none where the function is invoked without one
    dead_letters: DeadLetterQueue
    reporter: Reporter
    retry: Retrier
    clock: Clock
    executor: Executor
    rng: random.Random
    journey_seconds: float
    origin: Origin
    outage: Outcome | None = field(default=None, init=False)
    request_id: str = field(default="", init=False)
    receives: Mapping[ObjectRef, int] = field(default_factory=dict, init=False)  # of this invocation's objects

    def run(self, records: list[EventRecord], deadline: Deadline, request_id: str = "") -> list[str]:
        """Returns the message ids of the records that were handed back. ``request_id`` is the invocation's."""
        self.request_id, self.receives = request_id, _receives_by_object(records)
        waiting, handed_back = list(records), []
        for outcomes in self._converge_all(_changes_by_object(records), deadline):
            for record in [record for record in waiting if all(ref in outcomes for ref in _refs(record))]:
                waiting.remove(record)
                if not self._settle_whatever_comes(record, outcomes, deadline):
                    handed_back.append(record.message_id)
        self.reporter.batch_done()
        return handed_back

    def _converge_all(
        self, changes: dict[ObjectRef, list[ObjectChange]], deadline: Deadline
    ) -> Iterator[Mapping[ObjectRef, Outcome]]:
        """All outcomes so far, after each object; at first none, for the records that wait for nothing."""
        outcomes: dict[ObjectRef, Outcome] = {}
        yield outcomes
        while self.outage and changes:
            outage, self.outage = self.outage, None
            probe = next(iter(changes))
            outcomes[probe] = self._converge(probe, changes.pop(probe), deadline)
            yield outcomes
            if self.outage:
                break
            if outcomes[probe].result not in PROOFS:
                self.outage = outage
        running = {self.executor.submit(self._converge, ref, told, deadline): ref for ref, told in changes.items()}
        while running:
            wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future.done()]:
                outcomes[running.pop(future)] = future.result()
            yield outcomes

    def _converge(self, ref: ObjectRef, changes: list[ObjectChange], deadline: Deadline) -> Outcome:
        if outage := self.outage:
            return _not_begun(ref, outage.reason or Reason.NOT_BEGUN, f"not begun, since: {outage.detail}")
        if deadline.seconds_left() < self.journey_seconds:
            return _not_begun(ref, Reason.NOT_BEGUN, f"{deadline.seconds_left():.1f} s were left")
        outcome = self.ingest.converge(ref, deadline, changes, isolated=self.receives[ref] >= FIRST_ISOLATED_RECEIVE)
        if outcome.fault_class is FaultClass.SYSTEMIC and outcome.reason not in STOPS_ONLY_ITSELF:
            self.outage = outcome
        return outcome

    def _settle_whatever_comes(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], deadline: Deadline
    ) -> bool:
        try:
            return self._settle(record, outcomes, deadline)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one record must not fail its neighbours
            fault = Outcome(Result.FAILED, None, Reason.INTERNAL_ERROR, repr(error), traceback=traceback.format_exc())
            with suppress(Exception):
                self.reporter.object_done(fault, record, dead_lettered=False, fault=None)
            return self._hand_back(record, DEAD_LETTER_RETRY_SECONDS)

    def _settle(self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], deadline: Deadline) -> bool:
        """True when the record is done with, False when it is handed back."""
        mine = [Outcome.of_note(note) for note in record.notes]
        mine += [_as_told(outcomes[ref], ref, record) for ref in _refs(record)]
        seconds = seconds_until_next_receive(mine, record.receive_count, self.rng)
        for outcome in mine:
            lettered = needs_dead_letter(outcome, record.receive_count)
            fault = self._write_dead_letter(outcome, record, deadline) if lettered else None
            if fault:
                systemic = fault.reason.fault_class is FaultClass.SYSTEMIC
                seconds = HALF_AN_HOUR if systemic else DEAD_LETTER_RETRY_SECONDS
            self.reporter.object_done(outcome, record, dead_lettered=lettered and not fault, fault=fault)
        return self._acknowledge(record) if seconds is None else self._hand_back(record, seconds)

    def _write_dead_letter(self, outcome: Outcome, record: EventRecord, deadline: Deadline) -> IngestError | None:
        letter = dead_letter(
            outcome,
            record,
            origin=self.origin,
            request_id=self.request_id,
            failed_at=self.clock.now().isoformat(timespec="milliseconds"),
        )
        try:
            self.retry(lambda: self.dead_letters.send(letter), Budget(deadline))
        except IngestError as error:
            return error
        return None

    # Both may fail without harm: the platform deletes what was not handed back, and what was comes back by itself.

    def _acknowledge(self, record: EventRecord) -> bool:
        if self.queue and record.receipt is not None:
            with suppress(IngestError):
                self.queue.delete(record.receipt)
        return True

    def _hand_back(self, record: EventRecord, seconds: int) -> bool:
        if self.queue and record.receipt is not None:
            with suppress(IngestError):
                self.queue.hide(record.receipt, seconds)
        return False


def _changes_by_object(records: list[EventRecord]) -> dict[ObjectRef, list[ObjectChange]]:
    """Each object once, in the order of its first mention, with all that was said of it."""
    changes: dict[ObjectRef, list[ObjectChange]] = {}
    for record in records:
        for change in record.changes:
            changes.setdefault(change.ref, []).append(change)
    return changes


def _receives_by_object(records: list[EventRecord]) -> dict[ObjectRef, int]:
    """How often the queue has given each object out, by the record that it has given out most often."""
    receives: dict[ObjectRef, int] = {}
    for record in records:
        for ref in _refs(record):
            receives[ref] = max(receives.get(ref, 0), record.receive_count)
    return receives


def _refs(record: EventRecord) -> list[ObjectRef]:
    return list(dict.fromkeys(change.ref for change in record.changes))


def _as_told(outcome: Outcome, ref: ObjectRef, record: EventRecord) -> Outcome:
    """An object that is gone although its upload was announced: deleted, with a reason that says so."""
    kinds = {change.kind for change in record.changes if change.ref == ref}
    if outcome.result is Result.DELETED and kinds == {ChangeKind.CREATED}:
        return replace(outcome, reason=Reason.GONE_BEFORE_INGEST, detail=Reason.GONE_BEFORE_INGEST.hint)
    return outcome


def _not_begun(ref: ObjectRef, reason: Reason, detail: str) -> Outcome:
    return Outcome(Result.FAILED, ref, reason, detail, index_holds=IndexHolds.PREVIOUS)
