"""A batch of one record, and the rules of docs/settling.md for it, written independently of the code."""

from dataclasses import dataclass, field

from imagesearch_ingest.batch.ports import EventQueue
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.codes import CodeMapping
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass
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
# The receive counts at which the result can change.
RECEIVES = {
    FaultClass.PERMANENT: (1,),
    FaultClass.TRANSIENT: (1, 7, 8),
    FaultClass.THROTTLED: (999,),
    FaultClass.SYSTEMIC: (1, 999),
}


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

    def run(self, receives: int) -> bool:
        """Run the record, and return whether it was handed back."""
        clock = VirtualClock()
        batch = a_batch(
            a_reconciler(self.store, self.index, clock),
            queue=self.queue,
            dead_letters=self.dead_letters,
            reporter=self.reporter,
        )
        change = ObjectChange(ObjectRef("aws", "shop", self.key), ChangeKind.CREATED, "ObjectCreated:Put", self.key)
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


def check_settled(settled: Settled, mapping: CodeMapping, code: str, receives: int, *, handed_back: bool) -> None:
    """Check the outcome, the dead letter and the wait. ``settled`` must have fakes for its queues."""
    outcome, fault_class = settled.outcome, mapping.reason.fault_class
    assert (outcome.reason, outcome.service_code) == (mapping.reason, code)
    lettered = fault_class is FaultClass.PERMANENT or (fault_class is FaultClass.TRANSIENT and receives >= 8)
    assert handed_back is not lettered
    assert [letter.upstream.code for letter in settled.dead_letters.letters] == [code] * lettered
    assert settled.queue.acked == ["r"] * lettered
    if handed_back:
        least, most = _deferred_seconds(fault_class, receives)
        assert least <= settled.queue.deferred["r"] <= most


def _deferred_seconds(fault_class: FaultClass, receives: int) -> tuple[float, float]:
    """Return the shortest and the longest wait: half an hour, or more at each receive, plus or minus a quarter."""
    throttled = 1800 if receives > 100 else 10
    middle = {FaultClass.SYSTEMIC: 1800, FaultClass.THROTTLED: throttled}.get(
        fault_class, min(900, 15 * 2 ** (receives - 1))
    )
    return middle * 0.74, middle * 1.26
