"""What a settled record says: the faults it is handed back with, and the fields of its outcomes and letters."""

from dataclasses import replace

import pytest

from imagesearch_ingest.batch.settling import HandedBack
from imagesearch_ingest.events import Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.batch_world import World, a_world, record, unavailable

CREDENTIALS = IngestError(Reason.CREDENTIALS, "refused")


@pytest.fixture
def world() -> World:
    return a_world()


def run(world: World, *keys: str, receives: int = 1) -> list[HandedBack]:
    return world.batch.run([record(1, *keys, receives=receives)], Deadline.after(world.clock, 60.0))


def bug() -> None:
    raise TypeError("oops")


# Handed back.


def test_record_is_handed_back_with_what_must_be_repeated(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    (back,) = run(world, "a.jpg", "b.jpg", "bad.jpg")
    assert [(fault.ref.key, fault.reason) for fault in back.faults] == [("a.jpg", Reason.SERVICE_UNAVAILABLE)]
    assert back.seconds == world.queue.deferred["r1"]
    assert [letter.code for letter in world.dead_letters.letters] == ["not_an_image"]


def test_fault_with_a_letter_is_not_repeated(world: World) -> None:
    """The record comes back for its throttled object alone."""
    world.fail("a.jpg", receives=7)
    world.run(record(2, "c.jpg"))
    world.index.faults.script("add", *unavailable(5), IngestError(Reason.THROTTLED, "slow down", attempts=1))
    (back,) = run(world, "a.jpg", "b.jpg", receives=8)
    assert [letter.code for letter in world.dead_letters.letters] == ["service_unavailable"]
    assert [fault.reason for fault in back.faults] == [Reason.THROTTLED]


def test_record_is_handed_back_with_the_fault_of_its_letter(world: World) -> None:
    world.dead_letters.faults.script("send", CREDENTIALS)
    (back,) = run(world, "a.jpg", "bad.jpg")
    assert back.faults == (CREDENTIALS,)
    assert 1350 <= back.seconds <= 2250


def test_bug_is_handed_back_as_a_fault(world: World) -> None:
    world.dead_letters.faults.script("send", bug)
    (back,) = run(world, "bad.jpg")
    (fault,) = back.faults
    assert (fault.result, fault.ref, fault.reason) == (Result.FAILED, None, Reason.INTERNAL_ERROR)
    assert fault.detail == "TypeError('oops')"
    assert "in bug" in fault.traceback
    assert 45 <= back.seconds == world.queue.deferred["r1"] <= 75


def test_bug_waits_at_most_a_quarter_of_an_hour(world: World) -> None:
    world.dead_letters.faults.script("send", bug)
    (back,) = run(world, "bad.jpg", receives=500)
    assert back.seconds == 900


def test_failed_letter_does_not_shorten_the_wait_for_a_person(world: World) -> None:
    world.dead_letters.faults.script("send", *[IngestError(Reason.NETWORK, "down")] * 5)
    world.index.faults.script("add", IngestError(Reason.INSTANCE_UNAVAILABLE, "overdue"))
    (back,) = run(world, "bad.jpg", "a.jpg")
    assert [type(fault) for fault in back.faults] == [IngestError, Outcome]
    assert back.seconds >= 1350


@pytest.mark.parametrize(("seconds", "written"), [(-1.9, True), (-2.1, False)])
def test_letter_has_two_seconds_after_the_deadline(world: World, seconds: float, *, written: bool) -> None:
    late = record(1, notes=(Note(Reason.EVENT_MALFORMED, "no"),))
    world.batch.run([late], Deadline.after(world.clock, seconds))
    assert bool(world.dead_letters.letters) is written


def test_record_without_receipt_is_not_acknowledged(world: World) -> None:
    direct = replace(record(1, "a.jpg"), receipt=None)
    assert world.run(direct) == []
    assert world.queue.acked == []


# Reported.


def test_report_says_which_outcome_has_a_letter(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    run(world, "a.jpg", "b.jpg", "bad.jpg")
    assert [outcome.result for outcome in world.reporter.outcomes] == ["failed", "added", "rejected"]
    assert world.reporter.dead_lettered == [False, False, True]


def test_report_of_a_bug_has_no_letter(world: World) -> None:
    world.dead_letters.faults.script("send", bug)
    run(world, "bad.jpg")
    assert world.reporter.dead_lettered == [False]


def test_letter_names_its_time_and_message(world: World) -> None:
    world.run(record(1, notes=(Note(Reason.EVENT_MALFORMED, "rubbish"),)))
    (letter,) = world.dead_letters.letters
    assert letter.failed_at == "2026-01-01T00:00:00.000+00:00"
    assert (letter.message, letter.index_holds) == ("rubbish", "previous")


@pytest.mark.parametrize(
    ("reason", "index_holds"), [(Reason.TEST_EVENT, None), (Reason.EVENT_MALFORMED, IndexHolds.PREVIOUS)]
)
def test_note_says_what_the_index_holds(world: World, reason: Reason, index_holds: IndexHolds | None) -> None:
    world.run(record(1, notes=(Note(reason, "detail"),)))
    (outcome,) = world.reporter.outcomes
    assert (outcome.detail, outcome.index_holds) == ("detail", index_holds)


@pytest.mark.parametrize(("receives", "index_holds"), [(1, "previous"), (2, "unknown"), (3, "unknown")])
def test_earlier_receives_are_forgotten(world: World, receives: int, index_holds: str) -> None:
    world.store.faults.script("fetch", *unavailable(5))
    run(world, "a.jpg", receives=receives)
    assert [outcome.index_holds for outcome in world.reporter.outcomes] == [index_holds]


def test_rejected_object_keeps_what_the_index_holds(world: World) -> None:
    run(world, "bad.jpg", receives=2)
    assert [outcome.index_holds for outcome in world.reporter.outcomes] == ["previous"]


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (
            ChangeKind.CREATED,
            "The object was removed after its upload was announced. The index holds no entry for it.",
        ),
        (ChangeKind.REMOVED, None),
    ],
)
def test_upload_of_a_gone_object_says_so(world: World, kind: ChangeKind, detail: str | None) -> None:
    world.run(record(1, "gone.jpg", kind=kind))
    assert [outcome.detail for outcome in world.reporter.outcomes] == [detail]
