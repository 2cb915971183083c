"""A batch of records: each object once, each record settled by itself, as soon as its objects are done.

Settled means: dead letters written, then deleted from the queue, inside the visibility window; or handed back, hidden
for as long as waiting makes sense. What the platform is told in the end is only which records were handed back.
"""

import random
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from imagesearch_ingest.dead_letters import Origin, dead_letter
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.ingest import Ingest
from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.outcomes import (
    HALF_AN_HOUR,
    IndexHolds,
    Outcome,
    needs_dead_letter,
    seconds_until_next_receive,
)
from imagesearch_ingest.ports import Clock, DeadLetterQueue, EventQueue, Executor
from imagesearch_ingest.reasons import FaultClass, Reason, Result
from imagesearch_ingest.retrying import Budget, Deadline, Retrier
from imagesearch_ingest.under_way import UnderWay

SETTLING_SECONDS = 2.0  # kept back of an invocation's time for the queue's answers
DEAD_LETTER_RETRY_SECONDS = 60
# From then on a picture is suspected of having killed its worker (design, section 2).
FIRST_ISOLATED_RECEIVE = 3
# A full instance still takes deletes, which make room; and one bucket that is gone says nothing of the others.
STOPS_ONLY_ITSELF = frozenset({Reason.INSTANCE_FULL, Reason.BUCKET_MISSING, Reason.BUCKET_FORBIDDEN})

PROOFS = frozenset({Result.ADDED, Result.DELETED})  # that the outage is over: Image Search has answered


class Reporter(Protocol):
    """Is told of every object and of every batch, for logs and metrics."""

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,
        *,
        request_id: str,
        dead_lettered: bool,
        fault: IngestError | None,
    ) -> None:
        """``request_id`` is the invocation's. ``fault`` says why a dead letter that was due could not be written."""
        ...

    def batch_done(self) -> None: ...


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
            isinstance(fault, IngestError) or (_is_systemic(fault) and fault.reason is not Reason.INSTANCE_FULL)
            for fault in self.faults
        )


@dataclass(frozen=True, slots=True)
class _Invocation:
    """What is one invocation's alone: several may be under way at once in one worker."""

    deadline: Deadline
    request_id: str
    receives: Mapping[ObjectRef, int]


@dataclass(slots=True)
class Batch:
    """Lives as long as its worker, and may be run by several threads at once. It remembers one thing: that nothing
    works until a person acts.

    No object is begun that could not be brought to its end in the time left: with less than ``journey_seconds``, or
    twice what objects took of late, after the next free slot of the quota. From ``first_isolated_receive`` on, a
    picture is suspected of having killed its worker, and is prepared apart.

    ``executor`` needs some threads more than ``under_way`` allows objects: records are settled on them too.
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
    under_way: UnderWay
    first_isolated_receive: int = FIRST_ISOLATED_RECEIVE
    outage: Outcome | None = field(default=None, init=False)

    def run(self, records: list[EventRecord], deadline: Deadline, request_id: str = "") -> list[HandedBack]:
        """Returns the records that were handed back. ``request_id`` is the invocation's."""
        invocation = _Invocation(deadline, request_id, _receives_by_object(records))
        waiting, settling = [(record, set(_refs(record))) for record in records], []
        for outcomes in self._converge_all(_changes_by_object(records), invocation):
            ready = [record for record, refs in waiting if outcomes.keys() >= refs]
            waiting = [(record, refs) for record, refs in waiting if not outcomes.keys() >= refs]
            for record in ready:
                mine = {ref: outcomes[ref] for ref in _refs(record)}
                settling.append(self.executor.submit(self._settle_whatever_comes, record, mine, invocation))
        handed_back = [back for future in settling if (back := future.result())]
        self.reporter.batch_done()
        return handed_back

    def _converge_all(
        self, changes: dict[ObjectRef, list[ObjectChange]], invocation: _Invocation
    ) -> Iterator[Mapping[ObjectRef, Outcome]]:
        """All outcomes so far, whenever there are more; at first none, for the records that wait for nothing."""
        outcomes: dict[ObjectRef, Outcome] = {}
        yield outcomes
        while self.outage and changes:
            outage, self.outage = self.outage, None
            probe = next(iter(changes))
            outcomes[probe] = self._converge(probe, changes.pop(probe), invocation)
            yield outcomes
            if self.outage:
                break
            if outcomes[probe].result not in PROOFS:
                self.outage = outage
        running: dict[Future[Outcome], tuple[ObjectRef, int]] = {}
        while changes or running:
            self._begin(changes, running, invocation)
            wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future.done()]:
                outcomes[running.pop(future)[0]] = future.result()
            yield outcomes

    def _begin(
        self,
        changes: dict[ObjectRef, list[ObjectChange]],
        running: dict[Future[Outcome], tuple[ObjectRef, int]],
        invocation: _Invocation,
    ) -> None:
        """As many as there is room for, in their order. What is not begun any more needs none."""
        while changes:
            ref, told = next(iter(changes.items()))
            size = max((change.size or 0 for change in told), default=0)
            if not self.under_way.has_room([size for _, size in running.values()], size):
                return
            del changes[ref]
            running[self.executor.submit(self._converge, ref, told, invocation)] = ref, size

    def _converge(self, ref: ObjectRef, changes: list[ObjectChange], invocation: _Invocation) -> Outcome:
        deadline = invocation.deadline
        if outage := self.outage:
            return _not_begun(ref, outage.reason or Reason.NOT_BEGUN, f"not begun, since: {outage.detail}", outage)
        needed = max(self.journey_seconds, 2 * self.under_way.seconds) + self.ingest.add_pace.seconds_until_free()
        if deadline.seconds_left() < needed:
            return _not_begun(ref, Reason.NOT_BEGUN, f"{deadline.seconds_left():.1f} s were left")
        isolated = invocation.receives[ref] >= self.first_isolated_receive
        outcome = self.ingest.converge(ref, deadline, changes, isolated=isolated)
        if outcome.result in PROOFS:
            self.under_way.took((outcome.milliseconds - (outcome.legs or {}).get("wait", 0)) / 1000)
        if _is_systemic(outcome) and outcome.reason not in STOPS_ONLY_ITSELF:
            self.outage = outcome
        return outcome

    def _settle_whatever_comes(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: _Invocation
    ) -> HandedBack | None:
        try:
            return self._settle(record, outcomes, invocation)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one record must not fail its neighbours
            fault = Outcome(Result.FAILED, None, Reason.INTERNAL_ERROR, repr(error), traceback=traceback.format_exc())
            with suppress(Exception):
                self._report(fault, record, invocation)
            return self._hand_back(HandedBack(record, DEAD_LETTER_RETRY_SECONDS, (fault,)))

    def _settle(
        self, record: EventRecord, outcomes: Mapping[ObjectRef, Outcome], invocation: _Invocation
    ) -> HandedBack | None:
        """``None`` when the record is done with."""
        mine = [Outcome.of_note(note) for note in record.notes]
        mine += [_as_told(outcomes[ref], ref, record) for ref in _refs(record)]
        seconds = seconds_until_next_receive(mine, record.receive_count, self.rng)
        faults: list[Outcome | IngestError] = []
        for outcome in mine:
            lettered = needs_dead_letter(outcome, record.receive_count)
            fault = self._write_dead_letter(outcome, record, invocation) if lettered else None
            if fault:
                seconds = HALF_AN_HOUR if _is_systemic(fault) else DEAD_LETTER_RETRY_SECONDS
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
        invocation: _Invocation,
        *,
        lettered: bool = False,
        fault: IngestError | None = None,
    ) -> None:
        written = lettered and not fault
        self.reporter.object_done(outcome, record, request_id=invocation.request_id, dead_lettered=written, fault=fault)

    def _write_dead_letter(self, outcome: Outcome, record: EventRecord, invocation: _Invocation) -> IngestError | None:
        letter = dead_letter(
            outcome,
            record,
            origin=self.origin,
            request_id=invocation.request_id,
            failed_at=self.clock.now().isoformat(timespec="milliseconds"),
        )
        try:
            self.retry(lambda: self.dead_letters.send(letter), Budget(invocation.deadline))
        except IngestError as error:
            return error
        return None

    # Both may fail without harm: the platform deletes what was not handed back, and what was comes back by itself.

    def _acknowledge(self, record: EventRecord) -> None:
        if self.queue and record.receipt is not None:
            with suppress(IngestError):
                self.queue.delete(record.receipt)

    def _hand_back(self, back: HandedBack) -> HandedBack:
        if self.queue and back.record.receipt is not None:
            with suppress(IngestError):
                self.queue.hide(back.record.receipt, back.seconds)
        return back


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


def _not_begun(ref: ObjectRef, reason: Reason, detail: str, since: Outcome | None = None) -> Outcome:
    code = since.service_code if since else None
    return Outcome(Result.FAILED, ref, reason, detail, service_code=code, index_holds=IndexHolds.PREVIOUS)


def _is_systemic(fault: Outcome | IngestError) -> bool:
    return fault.reason is not None and fault.reason.fault_class is FaultClass.SYSTEMIC
