"""Run a batch of records.

Each object is reconciled once, and each record is settled as soon as its objects are done. The platform receives only
the list of records that were handed back.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.ports import Executor
from imagesearch_ingest.batch.settling import HandedBack, Invocation, Settler
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.reconciler import Reconciler

# From this receive on an image is suspected of having crashed its worker (docs/settling.md).
FIRST_ISOLATED_RECEIVE = 3


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


@dataclass(slots=True)
class Batch:
    """Run batches for the life of a worker. Safe for several threads at once, each with its own batch.

    Start an object only if it can finish before the deadline. After the next free slot of the quota it needs
    ``attempt_seconds``, or twice the recent duration of an object if that is longer. An object that runs alone needs
    only ``attempt_seconds``; otherwise slow objects would keep all others out for good.

    From ``first_isolated_receive`` on, an image is prepared in a child process. ``executor`` needs a few threads more
    than ``concurrency`` allows objects, because records are settled on it too. ``outage`` is the outcome that stops all
    objects until a person acts, and it is kept from batch to batch.
    """

    reconciler: Reconciler
    settler: Settler
    executor: Executor
    attempt_seconds: float
    concurrency: ConcurrencyLimit
    first_isolated_receive: int = FIRST_ISOLATED_RECEIVE
    outage: Outcome | None = field(default=None, init=False)

    def run(self, records: list[EventRecord], deadline: Deadline, request_id: str = "") -> list[HandedBack]:
        """Return the records that were handed back. ``request_id`` is the invocation's."""
        invocation = Invocation(deadline, request_id)
        waiting, settling = [(record, record.refs) for record in records], []
        for outcomes in self._reconcile_all(_mentions(records), deadline):
            ready = [(record, refs) for record, refs in waiting if outcomes.keys() >= refs]
            waiting = [(record, refs) for record, refs in waiting if not outcomes.keys() >= refs]
            for record, refs in ready:
                mine = {ref: outcomes[ref] for ref in refs}
                settling.append(self.executor.submit(self.settler.settle, record, mine, invocation))
        handed_back = [back for future in settling if (back := future.result())]
        self.settler.batch_done()
        return handed_back

    def _reconcile_all(
        self, objects: dict[ObjectRef, Mentions], deadline: Deadline
    ) -> Iterator[Mapping[ObjectRef, Outcome]]:
        """Yield all outcomes so far, whenever there are more. The first yield is empty: for records without objects."""
        outcomes: dict[ObjectRef, Outcome] = {}
        yield outcomes
        while self.outage and objects:
            outage, self.outage = self.outage, None
            probe = next(iter(objects))
            outcomes[probe] = self._reconcile(probe, objects.pop(probe), deadline, alone=True)
            yield outcomes
            if self.outage:
                break
            if not outcomes[probe].result.changed_index:
                self.outage = outage
        running: dict[Future[Outcome], tuple[ObjectRef, int]] = {}
        while objects or running:
            self._start(objects, running, deadline)
            wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future.done()]:
                outcomes[running.pop(future)[0]] = future.result()
            yield outcomes

    def _start(
        self,
        objects: dict[ObjectRef, Mentions],
        running: dict[Future[Outcome], tuple[ObjectRef, int]],
        deadline: Deadline,
    ) -> None:
        """Start as many objects as there is room for, in their order."""
        while objects:
            ref, mentions = next(iter(objects.items()))
            if not self.concurrency.has_room([size for _, size in running.values()], mentions.size):
                return
            del objects[ref]
            reconcile = partial(self._reconcile, ref, mentions, deadline, alone=not running)
            running[self.executor.submit(reconcile)] = ref, mentions.size

    def _reconcile(self, ref: ObjectRef, mentions: Mentions, deadline: Deadline, *, alone: bool) -> Outcome:
        if outage := self.outage:
            return _not_started(ref, outage.reason or Reason.NOT_BEGUN, f"not started, since: {outage.detail}", outage)
        needed = self.attempt_seconds if alone else max(self.attempt_seconds, 2 * self.concurrency.seconds)
        if deadline.seconds_left() < needed + self.reconciler.seconds_until_slot():
            return _not_started(ref, Reason.NOT_BEGUN, f"{deadline.seconds_left():.1f} s were left")
        isolated = mentions.receives >= self.first_isolated_receive
        outcome = self.reconciler.reconcile(ref, deadline, mentions.changes, isolated=isolated)
        if outcome.result.changed_index:
            self.concurrency.observe((outcome.milliseconds - outcome.milliseconds_waited) / 1000)
        if outcome.stops_batch:
            self.outage = outcome
        return outcome


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
    code = outage.service_code if outage else None
    return Outcome(Result.FAILED, ref, reason, detail, service_code=code, index_holds=IndexHolds.PREVIOUS)
