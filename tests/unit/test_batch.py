from dataclasses import replace

import pytest

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.reasons import Reason, Result
from imagesearch_ingest.retrying import Deadline
from tests.assembling import a_batch, an_ingest
from tests.fakes import (
    FakeDeadLetterQueue,
    FakeEventQueue,
    FakeImageIndex,
    FakeIsolatedPreparer,
    FakeObjectStore,
    FakeReporter,
    VirtualClock,
)
from tests.pictures import jpeg

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
            an_ingest(self.store, self.index, self.clock, isolated=self.isolated),
            queue=self.queue,
            dead_letters=self.dead_letters,
            reporter=self.reporter,
        )

    def run(self, *records: EventRecord, seconds: float = 60.0) -> list[str]:
        """The ids of what was handed back."""
        return [back.record.message_id for back in self.batch.run(list(records), Deadline.after(self.clock, seconds))]

    def results(self) -> list[tuple[str, Result]]:
        return [(outcome.ref.key, outcome.result) for outcome in self.reporter.outcomes]


@pytest.fixture
def world() -> World:
    world = World()
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        world.store.put("shop", key, GOOD)
    world.store.put("shop", "bad.jpg", b"no picture")
    return world


def record(
    number: int, *keys: str, receives: int = 1, kind: ChangeKind = ChangeKind.CREATED, notes: tuple[Note, ...] = ()
) -> EventRecord:
    changes = tuple(
        ObjectChange(ObjectRef("aws", "shop", key), kind, "ObjectCreated:Put", key, etag="e") for key in keys
    )
    return EventRecord(f"m{number}", f"r{number}", receives, f"body {number}", changes, notes)


def unavailable(times: int) -> list[IngestError]:
    return [IngestError(Reason.SERVICE_UNAVAILABLE, "down")] * times


def test_done_records_are_deleted_from_the_queue(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "b.jpg")) == []
    assert world.queue.deleted == ["r1", "r2"]
    assert not world.queue.hidden
    assert world.reporter.batches == 1


def test_a_rejected_picture_is_dead_lettered_and_its_neighbours_never_notice(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "bad.jpg"), record(3, "b.jpg")) == []
    assert world.results() == [("a.jpg", "added"), ("bad.jpg", "rejected"), ("b.jpg", "added")]
    (letter,) = world.dead_letters.letters
    assert (letter.code, letter.source.key, letter.index_holds) == ("not_an_image", "bad.jpg", "previous")
    assert letter.original_event == "body 2"
    assert world.queue.deleted == ["r1", "r2", "r3"]


def test_the_dead_letter_is_written_before_the_record_is_acknowledged(world: World) -> None:
    order = []
    world.dead_letters.faults.script("send", lambda: order.append("letter"))
    world.queue.faults.script("delete", lambda: order.append("delete"))
    world.run(record(1, "bad.jpg"))
    assert order == ["letter", "delete"]


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.CREDENTIALS])
def test_when_the_dead_letter_cannot_be_written_the_record_goes_back(world: World, reason: Reason) -> None:
    world.dead_letters.faults.script("send", *[IngestError(reason, "down")] * 9)
    assert world.run(record(1, "bad.jpg", receives=9)) == ["m1"]
    assert not world.queue.deleted
    assert "r1" in world.queue.hidden
    assert world.reporter.dead_lettered == [False]


def test_a_transient_fault_is_handed_back_and_waits_longer_each_time(world: World) -> None:
    waits = []
    for receives in (1, 3, 7):
        world.index.faults.script("add", *unavailable(5))
        assert world.run(record(1, "a.jpg", receives=receives)) == ["m1"]
        waits.append(world.queue.hidden["r1"])
    assert waits == sorted(waits)
    assert waits[0] <= 20
    assert waits[-1] >= 600
    assert not world.dead_letters.letters


def test_a_transient_fault_is_dead_lettered_at_the_eighth_receive(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    assert world.run(record(1, "a.jpg", receives=8)) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["service_unavailable"]
    assert world.queue.deleted == ["r1"]


def test_what_an_earlier_receive_may_have_done_to_the_index_is_unknown(world: World) -> None:
    """Its answers were lost, and its worker has forgotten it; the last receive alone would say that nothing was."""
    lost = IngestError(Reason.TIMEOUT, "no answer", reached_index=True)
    world.index.faults.script("add", *[lost] * 5)
    world.run(record(1, "a.jpg", receives=7))
    world.store.faults.script("fetch", *unavailable(5))
    world.run(record(1, "a.jpg", receives=8))
    (letter,) = world.dead_letters.letters
    assert letter.index_holds == "unknown"


def test_what_is_no_picture_has_never_changed_the_index_at_whichever_receive(world: World) -> None:
    world.run(record(1, "bad.jpg", receives=8))
    assert [letter.index_holds for letter in world.dead_letters.letters] == ["previous"]


def test_duplicates_and_late_events_of_one_object_cost_nothing_but_a_look(world: World) -> None:
    for number, kind in enumerate((ChangeKind.CREATED, ChangeKind.REMOVED, ChangeKind.CREATED)):
        assert world.run(record(number, "a.jpg", kind=kind), record(number + 10, "a.jpg", kind=kind)) == []
    assert len(world.index.entries) == 1
    assert world.index.adds == 3
    assert len(world.queue.deleted) == 6


def test_throttling_is_never_dead_lettered(world: World) -> None:
    world.index.faults.script("add", *[IngestError(Reason.THROTTLED, "slow down")] * 999)
    for receives in (1, 999):
        assert world.run(record(receives, "a.jpg", receives=receives)) == [f"m{receives}"]
    assert not world.dead_letters.letters
    assert world.queue.hidden["r1"] <= 15
    assert world.queue.hidden["r999"] >= 1350


def test_what_cannot_be_begun_in_time_is_handed_back_untouched(world: World) -> None:
    assert world.run(record(1, "a.jpg", receives=50), seconds=4.0) == ["m1"]
    assert world.index.adds == 0
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.NOT_BEGUN]
    assert not world.dead_letters.letters


def test_a_systemic_fault_stops_the_batch_and_dead_letters_nothing(world: World) -> None:
    world.index.faults.script("add", IngestError(Reason.CREDENTIALS, "who are you?"))
    assert world.run(*(record(n, key, receives=99) for n, key in enumerate(("a.jpg", "b.jpg", "c.jpg")))) == [
        "m0",
        "m1",
        "m2",
    ]
    assert world.index.adds == 1
    assert not world.dead_letters.letters
    assert all(1350 <= seconds <= 2250 for seconds in world.queue.hidden.values())


def test_after_a_systemic_fault_one_object_probes_before_the_others_are_begun(world: World) -> None:
    records = [record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg")]
    world.index.faults.script("add", *[IngestError(Reason.INSTANCE_UNAVAILABLE, "overdue")] * 2)
    world.run(*records)
    world.run(*records)
    assert world.index.adds == 2
    assert world.run(*records) == []
    assert len(world.index.entries) == 3


def test_a_probe_that_does_not_reach_the_service_proves_nothing(world: World) -> None:
    world.index.faults.script("add", *[IngestError(Reason.CREDENTIALS, "who?")] * 2)
    world.run(record(1, "a.jpg"))
    handed_back = world.run(record(2, "bad.jpg"), record(3, "a.jpg"), record(4, "b.jpg"))
    assert handed_back == ["m3", "m4"]
    assert world.index.adds == 2
    assert [letter.code for letter in world.dead_letters.letters] == ["not_an_image"]


def test_a_fault_of_ours_in_one_record_fails_none_of_its_neighbours(world: World) -> None:
    def bug() -> None:
        raise TypeError("oops")

    world.dead_letters.faults.script("send", bug)
    assert world.run(record(1, "bad.jpg"), record(2, "a.jpg")) == ["m1"]
    assert world.queue.deleted == ["r2"]
    assert "r1" in world.queue.hidden
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.INTERNAL_ERROR, None]


def test_a_full_instance_still_takes_deletes(world: World) -> None:
    world.index.faults.script("add", IngestError(Reason.INSTANCE_FULL, "full"))
    assert world.run(record(1, "a.jpg"), record(2, "gone.jpg", kind=ChangeKind.REMOVED)) == ["m1"]
    assert world.results() == [("a.jpg", "failed"), ("gone.jpg", "deleted")]
    assert not world.dead_letters.letters


def test_several_events_about_one_object_cost_one_journey(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "a.jpg", "a.jpg")) == []
    assert world.index.adds == 1
    assert world.queue.deleted == ["r1", "r2"]


def test_a_record_with_several_objects_is_handed_back_if_one_of_them_is(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    assert world.run(record(1, "a.jpg", "b.jpg", "bad.jpg")) == ["m1"]
    assert [letter.source.key for letter in world.dead_letters.letters] == ["bad.jpg"]
    assert not world.queue.deleted


def test_what_is_rejected_beside_what_must_wait_is_dead_lettered_at_once(world: World) -> None:
    """At every receive, not at the first alone: its message may run out in the queue, or its letter have failed."""
    world.dead_letters.faults.script("send", *[IngestError(Reason.NETWORK, "down")] * 5)
    for receives, letters in ((1, 0), (2, 1), (3, 2)):
        world.index.faults.script("add", *unavailable(5))
        assert world.run(record(1, "a.jpg", "bad.jpg", receives=receives)) == ["m1"]
        assert len(world.dead_letters.letters) == letters
    assert len({letter.record_id for letter in world.dead_letters.letters}) == 1


def test_notes_are_settled_without_a_look_at_the_bucket(world: World) -> None:
    skipped = record(1, notes=(Note(Reason.TEST_EVENT, "test"),))
    malformed = record(2, notes=(Note(Reason.EVENT_MALFORMED, "rubbish"),))
    assert world.run(skipped, malformed) == []
    assert world.queue.deleted == ["r1", "r2"]
    (letter,) = world.dead_letters.letters
    assert (letter.code, letter.source, letter.original_event) == ("event_malformed", None, "body 2")


def test_an_upload_whose_object_is_gone_says_so(world: World) -> None:
    world.run(record(1, "gone.jpg"), record(2, "gone-too.jpg", kind=ChangeKind.REMOVED))
    assert [(outcome.result, outcome.reason) for outcome in world.reporter.outcomes] == [
        (Result.DELETED, Reason.GONE_BEFORE_INGEST),
        (Result.DELETED, None),
    ]


def test_a_queue_that_does_not_answer_changes_no_outcome(world: World) -> None:
    world.queue.faults.script("delete", IngestError(Reason.NETWORK, "down"))
    assert world.run(record(1, "a.jpg")) == []


def test_two_dead_letters_of_one_fault_have_one_record_id(world: World) -> None:
    world.run(record(1, "bad.jpg"))
    world.run(record(2, "bad.jpg"))
    first, second = world.dead_letters.letters
    assert first.record_id == second.record_id
    world.store.put("shop", "bad.jpg", b"another one")
    world.run(record(3, "bad.jpg"))
    assert world.dead_letters.letters[2].record_id != first.record_id


def test_without_a_queue_what_failed_is_handed_back_and_what_is_rejected_is_dead_lettered(world: World) -> None:
    direct = replace(record(1, "a.jpg", "bad.jpg"), receipt=None)
    world.index.faults.script("add", *unavailable(5))
    assert world.run(direct) == ["m1"]
    assert [letter.source.key for letter in world.dead_letters.letters] == ["bad.jpg"]
    assert not world.queue.deleted
    assert not world.queue.hidden
    assert world.run(direct) == []


@pytest.mark.parametrize(("receives", "apart"), [(1, 0), (2, 0), (3, 1), (999, 1)])
def test_from_its_third_receive_on_a_picture_is_prepared_apart(world: World, receives: int, apart: int) -> None:
    """Design, section 2: a record that kills its worker."""
    assert world.run(record(1, "a.jpg", receives=receives)) == []
    assert len(world.isolated.seconds) == apart
    assert len(world.index.entries) == 1


def test_a_picture_is_suspected_by_the_record_that_was_received_most_often(world: World) -> None:
    world.run(record(1, "a.jpg"), record(2, "a.jpg", "b.jpg", receives=3), record(3, "b.jpg"), record(4, "c.jpg"))
    assert len(world.isolated.seconds) == 2
    assert len(world.index.entries) == 3


def test_a_picture_that_kills_what_prepares_it_is_dead_lettered_and_its_neighbours_are_added(world: World) -> None:
    world.isolated.faults.script("prepare", IngestError(Reason.WORKER_CRASH, "SIGSEGV"))
    assert world.run(*(record(n, key, receives=3) for n, key in enumerate(("a.jpg", "b.jpg", "c.jpg")))) == []
    assert world.results() == [("a.jpg", "rejected"), ("b.jpg", "added"), ("c.jpg", "added")]
    assert [(letter.code, letter.source.key) for letter in world.dead_letters.letters] == [("worker_crash", "a.jpg")]
    assert world.queue.deleted == ["r0", "r1", "r2"]


def test_a_picture_for_which_no_time_was_left_is_handed_back_and_not_blamed(world: World) -> None:
    world.isolated.faults.script("prepare", IngestError(Reason.NOT_BEGUN, "no time"))
    assert world.run(record(1, "a.jpg", receives=500)) == ["m1"]
    assert not world.dead_letters.letters


def test_without_a_queue_nothing_is_prepared_apart(world: World) -> None:
    world.run(replace(record(1, "a.jpg"), receipt=None))
    assert not world.isolated.seconds


class Mute(FakeReporter):
    """Its log is broken in a way that nobody has thought of."""

    def object_done(self, *_: object, **__: object) -> None:
        raise RuntimeError("with a secret")

    def batch_done(self) -> None:
        raise RuntimeError("with a secret")


def test_what_cannot_be_reported_is_done_all_the_same(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.batch.settler = replace(world.batch.settler, reporter=Mute())
    assert world.run(record(1, "a.jpg"), record(2, "bad.jpg")) == []
    assert world.queue.deleted == ["r1", "r2"]
    assert [letter.code for letter in world.dead_letters.letters] == ["not_an_image"]
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
