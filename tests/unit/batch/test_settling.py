from dataclasses import replace

import pytest

from imagesearch_ingest.events import Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.batch_world import World, a_world, aged, record, unavailable
from tests.support.fakes import FakeReporter


@pytest.fixture
def world() -> World:
    return a_world()


def test_done_records_are_deleted_from_the_queue(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "b.jpg")) == []
    assert world.queue.acked == ["r1", "r2"]
    assert not world.queue.deferred
    assert world.reporter.batches == 1


def test_rejected_picture_is_dead_lettered_alone(world: World) -> None:
    assert world.run(record(1, "a.jpg"), record(2, "bad.jpg"), record(3, "b.jpg")) == []
    assert world.results() == [("a.jpg", "added"), ("bad.jpg", "rejected"), ("b.jpg", "added")]
    (letter,) = world.dead_letters.letters
    assert (letter.code, letter.source.key, letter.index_holds) == ("not_an_image", "bad.jpg", "previous")
    assert letter.original_event == "body 2"
    assert world.queue.acked == ["r1", "r2", "r3"]


def test_letter_is_written_before_the_acknowledgement(world: World) -> None:
    order = []
    world.dead_letters.faults.script("send", lambda: order.append("letter"))
    world.queue.faults.script("ack", lambda: order.append("ack"))
    world.run(record(1, "bad.jpg"))
    assert order == ["letter", "ack"]


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.CREDENTIALS])
def test_record_goes_back_without_its_letter(world: World, reason: Reason) -> None:
    world.dead_letters.faults.script("send", *[IngestError(reason, "down")] * 9)
    assert world.run(record(1, "bad.jpg", receives=9)) == ["m1"]
    assert not world.queue.acked
    assert "r1" in world.queue.deferred
    assert world.reporter.dead_lettered == [False]


def test_transient_fault_waits_longer_each_time(world: World) -> None:
    waits = []
    for receives in (1, 3, 7):
        world.index.faults.script("add", *unavailable(5))
        assert world.run(record(1, "a.jpg", receives=receives)) == ["m1"]
        waits.append(world.queue.deferred["r1"])
    assert waits == sorted(waits)
    assert waits[0] <= 20
    assert waits[-1] >= 600
    assert not world.dead_letters.letters


def test_transient_fault_is_dead_lettered_at_the_eighth_receive(world: World) -> None:
    world.fail("a.jpg", receives=7)
    world.run(record(2, "b.jpg"))
    assert world.fail("a.jpg", receives=8) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["service_unavailable"]
    assert world.queue.acked == ["r2", "r1"]


def test_index_is_unknown_after_a_lost_answer(world: World) -> None:
    """The earlier worker knew of the lost answer. The last receive alone would say that the index is unchanged."""
    lost = IngestError(Reason.TIMEOUT, "no answer")
    world.index.faults.script("add", *[lost] * 5)
    world.run(record(1, "a.jpg", receives=6))
    for receives in (7, 8):
        world.store.faults.script("fetch", *unavailable(5))
        world.run(record(1, "a.jpg", receives=receives))
        world.run(record(2, "b.jpg"))
    (letter,) = world.dead_letters.letters
    assert letter.index_holds == "unknown"


def test_bad_picture_never_changed_the_index(world: World) -> None:
    world.run(record(1, "bad.jpg", receives=8))
    assert [letter.index_holds for letter in world.dead_letters.letters] == ["previous"]


def test_throttling_is_not_dead_lettered_before_the_last_day(world: World) -> None:
    world.index.faults.script("add", *[IngestError(Reason.THROTTLED, "slow down")] * 999)
    for receives in (1, 999):
        assert world.run(record(receives, "a.jpg", receives=receives)) == [f"m{receives}"]
    assert not world.dead_letters.letters
    assert world.queue.deferred["r1"] <= 15
    assert world.queue.deferred["r999"] >= 1350


def test_bug_in_one_record_fails_no_other(world: World) -> None:
    def bug() -> None:
        raise TypeError("oops")

    world.dead_letters.faults.script("send", bug)
    assert world.run(record(1, "bad.jpg"), record(2, "a.jpg")) == ["m1"]
    assert world.queue.acked == ["r2"]
    assert "r1" in world.queue.deferred
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.INTERNAL_ERROR, None]


def test_one_failed_object_hands_the_record_back(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    assert world.run(record(1, "a.jpg", "b.jpg", "bad.jpg")) == ["m1"]
    assert [letter.source.key for letter in world.dead_letters.letters] == ["bad.jpg"]
    assert not world.queue.acked


def test_rejection_beside_a_wait_is_dead_lettered_at_once(world: World) -> None:
    """At every receive, because an earlier letter may have failed."""
    world.dead_letters.faults.script("send", *[IngestError(Reason.NETWORK, "down")] * 5)
    for receives, letters in ((1, 0), (2, 1), (3, 2)):
        world.index.faults.script("add", *unavailable(5))
        assert world.run(record(1, "a.jpg", "bad.jpg", receives=receives)) == ["m1"]
        assert len(world.dead_letters.letters) == letters
    assert len({letter.record_id for letter in world.dead_letters.letters}) == 1


def test_notes_are_settled_without_the_bucket(world: World) -> None:
    skipped = record(1, notes=(Note(Reason.TEST_EVENT, "test"),))
    malformed = record(2, notes=(Note(Reason.EVENT_MALFORMED, "rubbish"),))
    assert world.run(skipped, malformed) == []
    assert world.queue.acked == ["r1", "r2"]
    (letter,) = world.dead_letters.letters
    assert (letter.code, letter.source, letter.original_event) == ("event_malformed", None, "body 2")


def test_upload_whose_object_is_gone_says_so(world: World) -> None:
    world.run(record(1, "gone.jpg"), record(2, "gone-too.jpg", kind=ChangeKind.REMOVED))
    assert [(outcome.result, outcome.reason) for outcome in world.reporter.outcomes] == [
        (Result.DELETED, Reason.GONE_BEFORE_INGEST),
        (Result.DELETED, None),
    ]


def test_failed_acknowledgement_changes_no_outcome(world: World) -> None:
    world.queue.faults.script("ack", IngestError(Reason.NETWORK, "down"))
    assert world.run(record(1, "a.jpg")) == []


def test_letters_of_one_fault_share_a_record_id(world: World) -> None:
    world.run(record(1, "bad.jpg"))
    world.run(record(2, "bad.jpg"))
    first, second = world.dead_letters.letters
    assert first.record_id == second.record_id
    world.store.put("shop", "bad.jpg", b"another one")
    world.run(record(3, "bad.jpg"))
    assert world.dead_letters.letters[2].record_id != first.record_id


def test_record_without_receipt_is_handed_back(world: World) -> None:
    direct = replace(record(1, "a.jpg", "bad.jpg"), receipt=None)
    world.index.faults.script("add", *unavailable(5))
    assert world.run(direct) == ["m1"]
    assert [letter.source.key for letter in world.dead_letters.letters] == ["bad.jpg"]
    assert not world.queue.acked
    assert not world.queue.deferred
    assert world.run(direct) == []


class Mute(FakeReporter):
    """A reporter whose every method fails in an unforeseen way."""

    def object_done(self, *_: object, **__: object) -> None:
        raise RuntimeError("with a secret")

    def batch_done(self) -> None:
        raise RuntimeError("with a secret")


def test_failed_report_changes_no_outcome(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.batch.settler = replace(world.batch.settler, reporter=Mute())
    assert world.run(record(1, "a.jpg"), record(2, "bad.jpg")) == []
    assert world.queue.acked == ["r1", "r2"]
    assert [letter.code for letter in world.dead_letters.letters] == ["not_an_image"]
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.CREDENTIALS])
@pytest.mark.parametrize(
    ("days", "least", "most"), [(0.1, 1350, 2250), (1, 6480, 10800), (9, 16200, 27000), (13.5, 2700, 4500)]
)
def test_failed_letter_waits_as_in_an_outage(world: World, reason: Reason, days: float, least: int, most: int) -> None:
    world.dead_letters.faults.script("send", *[IngestError(reason, "down")] * 5)
    assert world.run(aged(record(1, "bad.jpg"), days)) == ["m1"]
    assert least <= world.queue.deferred["r1"] <= most


def test_failed_letter_does_not_shorten_another_wait(world: World) -> None:
    world.dead_letters.faults.script("send", *[IngestError(Reason.NETWORK, "down")] * 5)
    world.index.faults.script("add", IngestError(Reason.INSTANCE_UNAVAILABLE, "overdue"))
    world.run(record(1, "bad.jpg", "a.jpg"))  # in this order: the outage would keep the picture from being read
    assert world.queue.deferred["r1"] >= 1350


def test_letter_may_use_the_settling_time(world: World) -> None:
    """On Function Compute a missing letter makes a whole array come again."""
    late = record(1, notes=(Note(Reason.EVENT_MALFORMED, "no"),))
    assert world.batch.run([late], Deadline.after(world.clock, -1.0)) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["event_malformed"]
    assert len(world.batch.run([late], Deadline.after(world.clock, -3.0))) == 1
