"""Run a batch of records.

Each object is reconciled once, and each record is settled as soon as its objects are done. The platform receives only
the list of records that were handed back.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.ports import Executor
from imagesearch_ingest.batch.redelivery import stops_batch
from imagesearch_ingest.batch.settling import HandedBack, Invocation, Settler
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.reconciler import Reconciler


@dataclass(slots=True)
class Mentions:
    """Everything that the records of a batch say about one object.

    ``receives`` is the highest receive count of these records.
    """

    changes: list[ObjectChange] = field(default_factory=list)
    receives: int = 0

    @property
    def size(self) -> int:
        """Return the largest size that an event gave, in bytes; 0 if none did."""
        return max((change.size or 0 for change in self.changes), default=0)


_Objects = deque[tuple[ObjectRef, Mentions]]


@dataclass(slots=True)
class Batch:
    """Run batches for the life of a worker. Safe for several threads at once, each with its own batch.

    Start an object only if it can finish before the deadline. After the next free slot of the quota it needs
    ``attempt_seconds``, or twice the recent duration of an object if that is longer. An object that runs alone needs
    only ``attempt_seconds``; otherwise slow objects would keep all others out for good.

    ``executor`` needs a few threads more than ``concurrency`` allows objects, because records are settled on it too.
    ``outage`` is the outcome that stops all objects until a person acts or a service works again. It is kept from batch
    to batch.
    """

    reconciler: Reconciler
    settler: Settler
    executor: Executor
    attempt_seconds: float
    concurrency: ConcurrencyLimit
    outage: Outcome | None = field(default=None, init=False)

    def run(self, records: list[EventRecord], deadline: Deadline, request_id: str = "") -> list[HandedBack]:
        """Return the records that were handed back. ``request_id`` is the invocation's."""
        invocation = Invocation(deadline, request_id)
        unsettled = _Unsettled(records)
        settling = [self._settle(record, {}, invocation) for record in records if not record.refs]
        for ref, outcome in self._reconcile_all(deque(_mentions(records).items()), deadline):
            settling += [self._settle(record, mine, invocation) for record, mine in unsettled.ready(ref, outcome)]
        handed_back = [back for future in settling if (back := future.result())]
        self.settler.batch_done()
        return handed_back

    def _settle(
        self, record: EventRecord, outcomes: dict[ObjectRef, Outcome], invocation: Invocation
    ) -> Future[HandedBack | None]:
        return self.executor.submit(self.settler.settle, record, outcomes, invocation)

    def _reconcile_all(self, objects: _Objects, deadline: Deadline) -> Iterator[tuple[ObjectRef, Outcome]]:
        """Yield each object with its outcome, as soon as it has one."""
        yield from self._probe(objects, deadline)
        running: dict[Future[Outcome], tuple[ObjectRef, int]] = {}
        while objects or running:
            self._start(objects, running, deadline)
            wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future.done()]:
                yield running.pop(future)[0], future.result()

    def _probe(self, objects: _Objects, deadline: Deadline) -> Iterator[tuple[ObjectRef, Outcome]]:
        """Try one object after the other until one says whether the outage goes on. Try only those that it stops.

        It is over if an object changed the index. It goes on if the fault of an object may be an outage too, even at
        its first receive. An object with a fault of its own says nothing.
        """
        while self.outage and (number := self._find_concerned(objects)) is not None:
            outage, self.outage = self.outage, None
            ref, mentions = objects[number]
            del objects[number]
            outcome = self._reconcile(ref, mentions, deadline, alone=True)
            if outcome.may_be_outage:
                self.outage = outcome
            yield ref, outcome
            if self.outage:
                return
            if not outcome.result.changed_index:
                self.outage = outage

    def _find_concerned(self, objects: _Objects) -> int | None:
        """Return the number of the first object that the outage stops."""
        outage = self.outage
        return next((n for n, (ref, _) in enumerate(objects) if outage and outage.stops(ref)), None)

    def _start(
        self, objects: _Objects, running: dict[Future[Outcome], tuple[ObjectRef, int]], deadline: Deadline
    ) -> None:
        """Start as many objects as there is room for, in their order."""
        while objects:
            ref, mentions = objects[0]
            if not self.concurrency.has_room([size for _, size in running.values()], mentions.size):
                return
            objects.popleft()
            reconcile = partial(self._reconcile, ref, mentions, deadline, alone=not running)
            running[self.executor.submit(reconcile)] = ref, mentions.size

    def _reconcile(self, ref: ObjectRef, mentions: Mentions, deadline: Deadline, *, alone: bool) -> Outcome:
        if (outage := self.outage) and outage.stops(ref):
            return _not_started(ref, outage.reason or Reason.NOT_BEGUN, f"not started, since: {outage.detail}", outage)
        needed = self.attempt_seconds if alone else max(self.attempt_seconds, 2 * self.concurrency.seconds)
        if deadline.seconds_left() < needed + self.reconciler.seconds_until_slot():
            return _not_started(ref, Reason.NOT_BEGUN, f"{deadline.seconds_left():.1f} s were left")
        outcome = self.reconciler.reconcile(ref, deadline, mentions.changes)
        if outcome.result.changed_index:
            self.concurrency.observe((outcome.milliseconds - outcome.milliseconds_waited) / 1000)
        if stops_batch(outcome, mentions.receives):
            self.outage = outcome
        return outcome


class _Unsettled:
    """The records of a batch that wait for outcomes, found by their objects: a batch may have 10,000 records."""

    def __init__(self, records: list[EventRecord]) -> None:
        self._outcomes: list[dict[ObjectRef, Outcome]] = [{} for _ in records]
        self._records = [(record, len(record.refs)) for record in records]
        self._mentioning: dict[ObjectRef, list[int]] = {}
        for number, record in enumerate(records):
            for ref in record.refs:
                self._mentioning.setdefault(ref, []).append(number)

    def ready(self, ref: ObjectRef, outcome: Outcome) -> Iterator[tuple[EventRecord, dict[ObjectRef, Outcome]]]:
        """Yield each record that waited for this outcome alone, with the outcomes of all its objects."""
        for number in self._mentioning[ref]:
            outcomes, (record, size) = self._outcomes[number], self._records[number]
            outcomes[ref] = outcome
            if len(outcomes) == size:
                yield record, outcomes


def _mentions(records: list[EventRecord]) -> dict[ObjectRef, Mentions]:
    """Return each object once, in the order of its first mention."""
    objects: dict[ObjectRef, Mentions] = {}
    for record in records:
        for change in record.changes:
            mentions = objects.setdefault(change.ref, Mentions())
            mentions.changes.append(change)
            mentions.receives = max(mentions.receives, record.receive_count)
    return objects


def _not_started(ref: ObjectRef, reason: Reason, detail: str, outage: Outcome | None = None) -> Outcome:
    return Outcome(
        Result.FAILED,
        ref,
        reason,
        detail,
        service_code=outage.service_code if outage else None,
        index_holds=IndexHolds.PREVIOUS,
        leg_fault=outage.leg_fault if outage else None,
    )
