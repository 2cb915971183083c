"""A batch over fakes of all ports, with a few pictures in the bucket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.builders import a_batch, a_reconciler
from tests.support.fakes import (
    FakeDeadLetterQueue,
    FakeEventQueue,
    FakeImageIndex,
    FakeIsolatedPreparer,
    FakeObjectStore,
    FakeReporter,
    VirtualClock,
)
from tests.support.pictures import jpeg

GOOD = jpeg()


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = FakeObjectStore()
        self.store.buckets["shop"] = {}
        self.index = FakeImageIndex()
        self.queue = FakeEventQueue()
        self.dead_letters = FakeDeadLetterQueue()
        self.reporter = FakeReporter()
        self.isolated = FakeIsolatedPreparer()
        self.batch = a_batch(
            a_reconciler(self.store, self.index, self.clock, isolated=self.isolated),
            queue=self.queue,
            dead_letters=self.dead_letters,
            reporter=self.reporter,
        )

    def run(self, *records: EventRecord, seconds: float = 60.0) -> list[str]:
        """Run a batch, and return the message IDs of the records that were handed back."""
        return [back.record.message_id for back in self.batch.run(list(records), Deadline.after(self.clock, seconds))]

    def fail(self, key: str, receives: int) -> list[str]:
        """Run a record whose object the service cannot add at this receive. Return what was handed back."""
        self.index.faults.script("add", *unavailable(5))
        return self.run(record(1, key, receives=receives))

    def results(self) -> list[tuple[str, Result]]:
        return [(outcome.ref.key, outcome.result) for outcome in self.reporter.outcomes]


def record(
    number: int, *keys: str, receives: int = 1, kind: ChangeKind = ChangeKind.CREATED, notes: tuple[Note, ...] = ()
) -> EventRecord:
    changes = tuple(
        ObjectChange(ObjectRef("aws", "shop", key), kind, "ObjectCreated:Put", key, etag="e") for key in keys
    )
    return EventRecord(f"m{number}", f"r{number}", receives, f"body {number}", changes, notes)


def aged(record: EventRecord, days: float) -> EventRecord:
    """Return the record as if its queue had kept it for so many days when the world began."""
    return replace(record, retention_began_at=datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=days))


def unavailable(times: int) -> list[IngestError]:
    return [IngestError(Reason.SERVICE_UNAVAILABLE, "down")] * times


def a_world() -> World:
    world = World()
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        world.store.put("shop", key, GOOD)
    world.store.put("shop", "bad.jpg", b"no picture")
    return world
