"""A batch of one record, and the rules of docs/settling.md for it, written independently of the code."""

from dataclasses import dataclass, field

from imagesearch_ingest.batch.ports import EventQueue
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.codes import CodeMapping
from imagesearch_ingest.model.legs import Leg, LegKind
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.ports import ImageIndex, ObjectStore
from tests.support.builders import a_batch, a_reconciler
from tests.support.fakes import (
    FakeDeadLetterQueue,
    FakeEventQueue,
    FakeImageIndex,
    FakeObjectStore,
    FakeReporter,
    VirtualClock,
)
from tests.support.pictures import jpeg

GOOD = jpeg(120, 120)
# Enough time to repeat a throttled call more often than a fault whose tries are limited.
SECONDS = 40.0
# The receive counts at which the result can change, and whether the same call works for another object.
DELIVERIES = {
    FaultClass.PERMANENT: ((1, False),),
    FaultClass.TRANSIENT: ((1, True), (7, True), (8, True), (8, False)),
    FaultClass.THROTTLED: ((999, True),),
    FaultClass.SYSTEMIC: ((1, True), (999, True)),
}
OTHER = ObjectRef("aws", "shop", "other.jpg")
LEGS = (Leg(LegKind.BUCKET, "shop"), Leg(LegKind.UPLOAD), Leg(LegKind.ADD), Leg(LegKind.WHOLE))


@dataclass
class Settled:
    """One record in a real batch. Every port that is not given is a fake."""

    store: ObjectStore = field(default_factory=FakeObjectStore)
    index: ImageIndex = field(default_factory=FakeImageIndex)
    queue: EventQueue = field(default_factory=FakeEventQueue)
    dead_letters: DeadLetterQueue = field(default_factory=FakeDeadLetterQueue)
    key: str = "a.jpg"

    def __post_init__(self) -> None:
        if isinstance(self.store, FakeObjectStore):
            self.store.put("shop", "a.jpg", GOOD)
            self.store.put("shop", "bad.jpg", b"no picture")
        self.reporter = FakeReporter()

    def run(self, receives: int, others_succeed: bool = False) -> bool:  # noqa: FBT001,FBT002 - a pair of DELIVERIES
        """Run the record, and return whether it was handed back.

        With ``others_succeed`` the object has failed before, and since then each call has worked for another one.
        """
        clock, ref = VirtualClock(), ObjectRef("aws", "shop", self.key)
        reconciler = a_reconciler(self.store, self.index, clock)
        for leg in LEGS if others_succeed else ():
            reconciler.health.fail(leg, ref, Reason.NETWORK)
            reconciler.health.succeed(leg, OTHER)
        batch = a_batch(reconciler, queue=self.queue, dead_letters=self.dead_letters, reporter=self.reporter)
        change = ObjectChange(ref, ChangeKind.CREATED, "ObjectCreated:Put", self.key)
        record = EventRecord("m", "r", receives, "{}", (change,))
        return bool(batch.run([record], Deadline.after(clock, SECONDS)))

    @property
    def outcome(self) -> Outcome:
        return self.reporter.outcomes[-1]


def check_calls(calls: int, mapping: CodeMapping) -> None:
    """Check how often a call was repeated.

    A permanent fault is not repeated, unless its row says so. A throttled call is repeated as long as time is left.
    """
    match mapping.reason.fault_class:
        case FaultClass.THROTTLED:
            assert calls > 5
        case FaultClass.TRANSIENT:
            assert calls == (mapping.attempts or 5)
        case _:
            assert calls == (mapping.attempts or 1)


def check_settled(
    settled: Settled,
    mapping: CodeMapping,
    code: str,
    receives: int,
    others_succeed: bool,  # noqa: FBT001
    *,
    handed_back: bool,
) -> None:
    """Check the outcome, the dead letter and the wait. ``settled`` must have fakes for its queues."""
    outcome, fault_class = settled.outcome, mapping.reason.fault_class
    assert (outcome.reason, outcome.service_code) == (mapping.reason, code)
    is_own = fault_class is FaultClass.TRANSIENT and receives >= 8 and others_succeed
    lettered = fault_class is FaultClass.PERMANENT or is_own
    assert handed_back is not lettered
    assert [letter.upstream.code for letter in settled.dead_letters.letters] == [code] * lettered
    assert settled.queue.acked == ["r"] * lettered
    if handed_back:
        least, most = _deferred_seconds(fault_class, receives)
        assert least <= settled.queue.deferred["r"] <= most


def _deferred_seconds(fault_class: FaultClass, receives: int) -> tuple[float, float]:
    """Return the shortest and the longest wait: half an hour, or more at each receive, plus or minus a quarter."""
    throttled, transient = 1800 if receives > 100 else 10, 1800 if receives >= 8 else min(900, 15 * 2 ** (receives - 1))
    middle = {FaultClass.SYSTEMIC: 1800, FaultClass.THROTTLED: throttled}.get(fault_class, transient)
    return middle * 0.74, middle * 1.26
