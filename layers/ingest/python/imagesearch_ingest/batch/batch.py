"""A batch of records: each object once, each record settled by itself, as soon as its objects are done.

What the platform is told in the end is only which records were handed back.
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

# From then on a picture is suspected of having killed its worker (design, section 2).
FIRST_ISOLATED_RECEIVE = 3
# A full instance still takes deletes, which make room; and one bucket that is gone says nothing of the others.
STOPS_ONLY_ITSELF = frozenset({Reason.INSTANCE_FULL, Reason.BUCKET_MISSING, Reason.BUCKET_FORBIDDEN})

PROOFS = frozenset({Result.ADDED, Result.DELETED})  # that the outage is over: Image Search has answered


@dataclass(slots=True)
class Mentions:
    """All that the records of a batch say of one object; ``receives`` is that of the record given out most often."""

    changes: list[ObjectChange] = field(default_factory=list)
    receives: int = 0

    @property
    def size(self) -> int:
        return max((change.size or 0 for change in self.changes), default=0)


@dataclass(slots=True)
class Batch:
    """Lives as long as its worker, and may be run by several threads at once. It remembers one thing: that nothing
    works until a person acts.

    No object is begun that could not be brought to its end in the time left: with less than ``attempt_seconds``, or
    twice what objects took of late, after the next free slot of the quota. One alone needs no more than the former, or
    slow ones would keep all others out for good. From ``first_isolated_receive`` on, a
    picture is suspected of having killed its worker, and is prepared apart.

    ``executor`` needs some threads more than ``concurrency`` allows objects: records are settled on them too.
    """

    reconciler: Reconciler
    settler: Settler
    executor: Executor
    attempt_seconds: float
    concurrency: ConcurrencyLimit
    first_isolated_receive: int = FIRST_ISOLATED_RECEIVE
    outage: Outcome | None = field(default=None, init=False)

    def run(self, records: list[EventRecord], deadline: Deadline, request_id: str = "") -> list[HandedBack]:
        """Returns the records that were handed back. ``request_id`` is the invocation's."""
        invocation = Invocation(deadline, request_id)
        waiting, settling = [(record, record.refs) for record in records], []
        for outcomes in self._reconcile_all(_by_object(records), deadline):
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
        """All outcomes so far, whenever there are more; at first none, for the records that wait for nothing."""
        outcomes: dict[ObjectRef, Outcome] = {}
        yield outcomes
        while self.outage and objects:
            outage, self.outage = self.outage, None
            probe = next(iter(objects))
            outcomes[probe] = self._reconcile(probe, objects.pop(probe), deadline, alone=True)
            yield outcomes
            if self.outage:
                break
            if outcomes[probe].result not in PROOFS:
                self.outage = outage
        running: dict[Future[Outcome], tuple[ObjectRef, int]] = {}
        while objects or running:
            self._begin(objects, running, deadline)
            wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future.done()]:
                outcomes[running.pop(future)[0]] = future.result()
            yield outcomes

    def _begin(
        self,
        objects: dict[ObjectRef, Mentions],
        running: dict[Future[Outcome], tuple[ObjectRef, int]],
        deadline: Deadline,
    ) -> None:
        """As many as there is room for, in their order. What is not begun any more needs none."""
        while objects:
            ref, mentions = next(iter(objects.items()))
            if not self.concurrency.has_room([size for _, size in running.values()], mentions.size):
                return
            del objects[ref]
            reconcile = partial(self._reconcile, ref, mentions, deadline, alone=not running)
            running[self.executor.submit(reconcile)] = ref, mentions.size

    def _reconcile(self, ref: ObjectRef, mentions: Mentions, deadline: Deadline, *, alone: bool) -> Outcome:
        if outage := self.outage:
            return _not_begun(ref, outage.reason or Reason.NOT_BEGUN, f"not begun, since: {outage.detail}", outage)
        needed = self.attempt_seconds if alone else max(self.attempt_seconds, 2 * self.concurrency.seconds)
        if deadline.seconds_left() < needed + self.reconciler.add_limiter.seconds_until_free():
            return _not_begun(ref, Reason.NOT_BEGUN, f"{deadline.seconds_left():.1f} s were left")
        isolated = mentions.receives >= self.first_isolated_receive
        outcome = self.reconciler.reconcile(ref, deadline, mentions.changes, isolated=isolated)
        if outcome.result in PROOFS:
            self.concurrency.observe((outcome.milliseconds - outcome.milliseconds_waited) / 1000)
        if outcome.is_systemic and outcome.reason not in STOPS_ONLY_ITSELF:
            self.outage = outcome
        return outcome


def _by_object(records: list[EventRecord]) -> dict[ObjectRef, Mentions]:
    """Each object once, in the order of its first mention."""
    objects: dict[ObjectRef, Mentions] = {}
    for record in records:
        for change in record.changes:
            mentions = objects.setdefault(change.ref, Mentions())
            mentions.changes.append(change)
            mentions.receives = max(mentions.receives, record.receive_count)
    return objects


def _not_begun(ref: ObjectRef, reason: Reason, detail: str, since: Outcome | None = None) -> Outcome:
    code = since.service_code if since else None
    return Outcome(Result.FAILED, ref, reason, detail, service_code=code, index_holds=IndexHolds.PREVIOUS)
