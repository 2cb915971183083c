"""Outages: what a batch takes for one, how it is probed, and how long its records wait."""

import json
import time
from dataclasses import replace

import pytest

from imagesearch_ingest.batch.redelivery import SMQ_RETENTION
from imagesearch_ingest.dead_letters.queue import RedactedDeadLetters
from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor
from tests.support.batch_world import GOOD, World, a_world, aged, record, unavailable


@pytest.fixture
def world() -> World:
    return a_world()


def down(reason: Reason = Reason.NETWORK, times: int = 5) -> list[IngestError]:
    return [IngestError(reason, "down") for _ in range(times)]


def begin_outage(world: World, method: str = "add") -> None:
    world.index.faults.script(method, *down())
    assert world.run(record(0, "a.jpg", receives=8)) == ["m0"]
    world.reporter.outcomes.clear()


# What is an outage.


@pytest.mark.parametrize("receives", [8, 9, 999])
@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.TIMEOUT, Reason.SERVICE_CODE_UNKNOWN, Reason.ACCESS_DENIED])
def test_fault_that_nothing_contradicts_is_handed_back(world: World, receives: int, reason: Reason) -> None:
    """Even if it is the first thing that a new process sees."""
    for _ in range(2):
        world.store.faults.script("fetch", *down(reason))
        assert world.run(record(1, "a.jpg", receives=receives)) == ["m1"]
        assert 1350 <= world.queue.deferred["r1"] <= 2250
    assert not world.dead_letters.letters


@pytest.mark.parametrize("method", ["upload", "add"])
def test_object_that_fails_while_others_succeed_is_dead_lettered(world: World, method: str) -> None:
    for receives, handed_back in ((8, ["m1"]), (9, [])):
        world.index.faults.script(method, *down())
        assert world.run(record(1, "a.jpg", receives=receives)) == handed_back
        assert world.run(record(2, "b.jpg")) == []
    assert [(letter.code, letter.receive_count) for letter in world.dead_letters.letters] == [("network", 9)]


def test_failing_delete_is_dead_lettered_once_others_succeed(world: World) -> None:
    for receives, handed_back in ((8, ["m1"]), (9, [])):
        world.index.faults.script("delete", *down())
        assert world.run(record(1, "gone.jpg", kind=ChangeKind.REMOVED, receives=receives)) == handed_back
        assert world.run(record(2, "gone-too.jpg", kind=ChangeKind.REMOVED)) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["network"]


def test_success_of_another_leg_is_no_proof(world: World) -> None:
    """Deletes go on while no image can be added."""
    for receives in (7, 8, 9):
        world.fail("a.jpg", receives=receives)
        assert world.run(record(2, "gone.jpg", kind=ChangeKind.REMOVED)) == []
    assert not world.dead_letters.letters


def test_changing_object_needs_no_proof(world: World) -> None:
    for number in range(3):
        world.index.faults.script("add", lambda n=number: world.store.put("shop", "a.jpg", f"{n}".encode()))
    world.store.faults.script("head", *[lambda n=number: swap(world, n) for number in range(3)])
    assert world.run(record(1, "a.jpg", receives=8)) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["object_changing"]


def swap(world: World, number: int) -> None:
    """Upload the picture again, with other metadata."""
    data = world.store.buckets["shop"]["b.jpg"].data
    world.store.put("shop", "a.jpg", data, {"version": str(number)})


def test_bug_ends_a_record_if_others_succeed(world: World) -> None:
    def bug() -> None:
        raise KeyError("oops")

    for receives, handed_back in ((8, ["m1"]), (9, [])):
        world.index.faults.script("add", bug)
        assert world.run(record(1, "a.jpg", receives=receives), record(2, "b.jpg")) == handed_back
    assert [letter.code for letter in world.dead_letters.letters] == ["internal_error"]


# What an outage stops.


@pytest.mark.parametrize(("method", "port"), [("fetch", "store"), ("upload", "index"), ("add", "index")])
def test_outage_stops_the_batch(world: World, method: str, port: str) -> None:
    faults = world.store.faults if port == "store" else world.index.faults
    faults.script(method, *down())
    records = [record(n, key, receives=8) for n, key in enumerate(("a.jpg", "b.jpg", "c.jpg"))]
    assert world.run(*records) == ["m0", "m1", "m2"]
    assert [outcome.detail for outcome in world.reporter.outcomes] == ["down", *["not started, since: down"] * 2]
    assert all(1350 <= seconds <= 2250 for seconds in world.queue.deferred.values())
    assert not world.dead_letters.letters


def test_object_that_was_not_started_waits_by_its_own_receives(world: World) -> None:
    world.index.faults.script("add", *down())
    world.run(record(1, "a.jpg", receives=8), record(2, "b.jpg"), record(3, "c.jpg", receives=9))
    assert world.queue.deferred["r2"] <= 20
    assert world.queue.deferred["r3"] >= 1350


def test_seven_receives_stop_nothing(world: World) -> None:
    world.index.faults.script("add", *down())
    assert world.run(record(1, "a.jpg", receives=7), record(2, "b.jpg")) == ["m1"]
    assert world.batch.outage is None


@pytest.mark.parametrize("reason", [Reason.ACCESS_DENIED, Reason.INTERNAL_ERROR])
def test_fault_that_is_no_services_stops_nothing(world: World, reason: Reason) -> None:
    world.store.faults.script("fetch", *down(reason))
    assert world.run(record(1, "a.jpg", receives=8), record(2, "b.jpg")) == ["m1"]
    assert world.batch.outage is None


def test_failing_delete_stops_nothing(world: World) -> None:
    world.index.faults.script("delete", *down())
    gone = record(1, "gone.jpg", kind=ChangeKind.REMOVED, receives=8)
    assert world.run(gone, record(2, "b.jpg")) == ["m1"]
    assert world.batch.outage is None


# How an outage is probed.


@pytest.mark.parametrize("method", ["upload", "add"])
def test_probe_at_its_first_receive_keeps_the_outage(world: World, method: str) -> None:
    begin_outage(world)
    world.index.faults.script(method, *down(Reason.TIMEOUT))
    assert world.run(record(1, "b.jpg"), record(2, "c.jpg")) == ["m1", "m2"]
    assert [outcome.detail for outcome in world.reporter.outcomes] == ["down", "not started, since: down"]
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.TIMEOUT] * 2
    assert world.batch.outage is not None


def from_far(number: int, receives: int = 8) -> EventRecord:
    """Return a record about an object of another bucket."""
    change = ObjectChange(ObjectRef("aws", "far", "a.jpg"), ChangeKind.CREATED, "ObjectCreated:Put", "a.jpg")
    return replace(record(number, receives=receives), changes=(change,))


@pytest.mark.parametrize("receives", [1, 8])
def test_outage_of_one_bucket_does_not_stop_another(world: World, receives: int) -> None:
    """As long as one bucket cannot be reached, pictures of the others are added."""
    world.store.put("far", "a.jpg", GOOD)
    world.store.faults.script("fetch", *down())
    assert world.run(from_far(1), record(2, "a.jpg")) == ["m1"]
    world.store.faults.script("fetch", *down())
    assert world.run(from_far(1, receives), from_far(3), record(4, "b.jpg")) == ["m1", "m3"]
    assert [(outcome.ref.bucket, outcome.result) for outcome in world.reporter.outcomes if outcome.ref] == [
        *(("far", "failed"), ("shop", "added")),
        *(("far", "failed"), ("far", "failed"), ("shop", "added")),
    ]
    assert world.run(record(5, "c.jpg"), from_far(3), from_far(1)) == []


def test_probe_that_is_added_ends_the_outage(world: World) -> None:
    begin_outage(world)
    assert world.run(record(1, "a.jpg"), record(2, "b.jpg"), record(3, "c.jpg")) == []
    assert world.batch.outage is None


@pytest.mark.parametrize("reason", [Reason.ACCESS_DENIED, Reason.INTERNAL_ERROR, Reason.BUCKET_FORBIDDEN])
def test_probe_with_a_fault_of_its_own_says_nothing(world: World, reason: Reason) -> None:
    begin_outage(world)
    world.store.faults.script("fetch", *down(reason, 5 if reason.fault_class == "transient" else 1))
    assert world.run(record(1, "b.jpg"), record(2, "c.jpg"), record(3, "a.jpg")) == ["m1"]
    assert world.batch.outage is None


def test_probe_that_is_proven_to_fail_alone_says_nothing(world: World) -> None:
    world.fail("c.jpg", receives=7)
    world.run(record(1, "b.jpg"))
    begin_outage(world, "upload")
    world.index.faults.script("add", *down())
    assert world.run(record(2, "c.jpg", receives=8), record(3, "b.jpg"), record(4, "a.jpg")) == []
    assert [letter.source.key for letter in world.dead_letters.letters] == ["c.jpg"]
    assert world.batch.outage is None


def test_network_outage_during_a_systemic_one_ends_the_probing(world: World) -> None:
    """Otherwise each object of the batch would wait for its timeouts, one after the other."""
    world.index.faults.script("add", IngestError(Reason.CREDENTIALS, "who?"))
    world.run(record(1, "a.jpg"))
    world.reporter.outcomes.clear()
    world.store.faults.script("fetch", *down())
    assert world.run(record(2, "a.jpg"), record(3, "b.jpg")) == ["m2", "m3"]
    assert [outcome.reason for outcome in world.reporter.outcomes] == [Reason.NETWORK] * 2


# The last day.

FAULTS = [
    ("network", "add", Reason.NETWORK, 5),
    ("throttled", "add", Reason.THROTTLED, 99),
    ("credentials", "add", Reason.CREDENTIALS, 1),
    ("instance_full", "add", Reason.INSTANCE_FULL, 1),
    ("bucket_missing", "fetch", Reason.BUCKET_MISSING, 1),
]


def meet(world: World, method: str, reason: Reason, times: int) -> None:
    faults = world.store.faults if method == "fetch" else world.index.faults
    faults.script(method, *down(reason, times))


@pytest.mark.parametrize(("code", "method", "reason", "times"), FAULTS, ids=[row[0] for row in FAULTS])
@pytest.mark.parametrize("receives", [1, 90])
def test_any_fault_ends_in_the_last_day(
    world: World, *, code: str, method: str, reason: Reason, times: int, receives: int
) -> None:
    meet(world, method, reason, times)
    assert world.run(aged(record(1, "a.jpg", receives=receives), 13.5)) == []
    assert [(letter.code, letter.source.key) for letter in world.dead_letters.letters] == [(code, "a.jpg")]
    assert world.queue.acked == ["r1"]


@pytest.mark.parametrize("days", [0.0, 5.0, 12.9, 29.0, 200.0, None])
@pytest.mark.parametrize(("code", "method", "reason", "times"), FAULTS, ids=[row[0] for row in FAULTS])
def test_no_fault_ends_before_the_last_day(
    world: World, *, code: str, method: str, reason: Reason, times: int, days: float | None
) -> None:
    """An age of more than two retentions cannot be real, and an unknown one ends nothing either."""
    meet(world, method, reason, times)
    plain = record(1, "a.jpg", receives=90)
    assert world.run(aged(plain, days) if days is not None else plain) == ["m1"]
    assert [outcome.reason.code for outcome in world.reporter.outcomes] == [code]
    assert not world.dead_letters.letters


def test_late_object_without_time_is_dead_lettered(world: World) -> None:
    assert world.run(aged(record(1, "a.jpg"), 13.5), seconds=4.0) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["not_begun"]


def test_object_behind_an_outage_is_dead_lettered_in_its_last_day(world: World) -> None:
    begin_outage(world)
    world.index.faults.script("add", *down())
    late = aged(record(2, "b.jpg", receives=90), 13.5)
    assert world.run(record(1, "a.jpg", receives=9), late) == ["m1"]
    (letter,) = world.dead_letters.letters
    assert (letter.code, letter.source.key, letter.message) == ("network", "b.jpg", "not started, since: down")


def test_only_unsettled_objects_of_a_late_record_get_letters(world: World) -> None:
    skipped = Note(Reason.TEST_EVENT, "test")
    late = aged(record(1, "a.jpg", "b.jpg", "c.jpg", "bad.jpg", "gone.jpg", receives=3, notes=(skipped,)), 13.5)
    world.index.faults.script("add", *down(), IngestError(Reason.THROTTLED, "slow down", attempts=1))
    assert world.run(late) == []
    letters = {letter.source.key: letter.code for letter in world.dead_letters.letters}
    assert letters == {"a.jpg": "network", "b.jpg": "throttled", "bad.jpg": "not_an_image"}
    assert world.queue.acked == ["r1"]


def test_late_record_without_its_letter_comes_back_within_the_hour(world: World) -> None:
    world.index.faults.script("add", *down())
    world.dead_letters.faults.script("send", *down())
    assert world.run(aged(record(1, "a.jpg", receives=90), 13.5)) == ["m1"]
    assert 2700 <= world.queue.deferred["r1"] <= 4500
    world.index.faults.script("add", *down())
    assert world.run(aged(record(1, "a.jpg", receives=91), 13.6)) == []
    assert [letter.code for letter in world.dead_letters.letters] == ["network"]


@pytest.mark.parametrize(("days", "lettered"), [(5.9, False), (6.1, True), (13.9, True), (14.1, False)])
def test_smq_keeps_a_message_for_seven_days(world: World, days: float, *, lettered: bool) -> None:
    world.batch.settler = replace(world.batch.settler, retention=SMQ_RETENTION)
    world.index.faults.script("add", *down())
    world.run(aged(record(1, "a.jpg", receives=40), days))
    assert bool(world.dead_letters.letters) is lettered


@pytest.mark.parametrize(
    ("days", "least", "most"), [(0.1, 1350, 2250), (1, 6480, 10800), (5, 16200, 27000), (12.9, 16200, 27000)]
)
def test_outage_waits_for_a_tenth_of_its_age(world: World, days: float, least: int, most: int) -> None:
    world.index.faults.script("add", *unavailable(5))
    world.run(aged(record(1, "a.jpg", receives=8), days))
    assert least <= world.queue.deferred["r1"] <= most


# Many at once.


def test_thousand_notes_of_one_kind_share_a_letter(world: World) -> None:
    notes = tuple(Note(Reason.EVENT_MALFORMED, f"record {number} is malformed") for number in range(1000))
    begun = time.process_time()
    assert world.run(record(1, notes=notes)) == []
    assert time.process_time() - begun < 2
    assert [letter.message for letter in world.dead_letters.letters] == ["record 0 is malformed"]
    assert len(world.reporter.outcomes) == 1000
    assert world.reporter.dead_lettered == [True] * 1000


def test_each_reason_has_its_letter(world: World) -> None:
    reasons = (Reason.EVENT_MALFORMED, Reason.KEY_NOT_MATCHED, Reason.EVENT_MALFORMED)
    assert world.run(record(1, "bad.jpg", notes=tuple(Note(reason, "no") for reason in reasons))) == []
    codes = [letter.code for letter in world.dead_letters.letters]
    assert codes == ["event_malformed", "key_not_matched", "not_an_image"]


def test_each_content_has_its_letter(world: World) -> None:
    """Here one letter is about the content that the event names, and one about the content that was read."""
    plain = record(1, "bad.jpg")
    note = Note(Reason.NOT_AN_IMAGE, "no", change=plain.changes[0])
    assert world.run(replace(plain, notes=(note,))) == []
    first, second = world.dead_letters.letters
    assert first.record_id != second.record_id


def test_many_letters_of_one_record_take_seconds(world: World) -> None:
    """Each holds the event, and redacting that takes a third of a second."""
    keys = [f"{'x' * 300}/{number}.jpg" for number in range(200)]
    body = json.dumps([{"key": key, "url": f"https://example.com/{key}?size=1"} for key in keys])
    assert len(body) > 110_000
    world.batch.settler = replace(
        world.batch.settler, dead_letters=RedactedDeadLetters(world.dead_letters, Redactor("a-known-secret"))
    )
    begun = time.process_time()
    assert world.run(replace(record(1, *keys), body=body)) == []
    assert time.process_time() - begun < 20
    assert {letter.code for letter in world.dead_letters.letters} == {"key_too_long"}
    assert len(world.dead_letters.letters) == 200


def test_letter_that_is_not_written_is_tried_once_for_all_notes(world: World) -> None:
    notes = tuple(Note(Reason.EVENT_MALFORMED, "no") for _ in range(1000))
    world.dead_letters.faults.script("send", *down())
    assert world.run(record(1, notes=notes)) == ["m1"]
    assert not world.dead_letters.letters
    assert world.reporter.dead_lettered == [False] * 1000


def test_ten_thousand_records_settle_in_linear_time(world: World) -> None:
    """In a longer time, each outcome was compared with each waiting record."""
    records = [record(number, f"p/{number}.jpg", kind=ChangeKind.REMOVED) for number in range(10_000)]
    begun = time.process_time()
    assert world.run(*records) == []
    assert time.process_time() - begun < 10
    assert len(world.queue.acked) == 10_000
    assert {outcome.result for outcome in world.reporter.outcomes} == {Result.DELETED}


def test_record_of_ten_thousand_objects_settles_in_linear_time(world: World) -> None:
    keys = [f"p/{number}.jpg" for number in range(10_000)]
    begun = time.process_time()
    assert world.run(record(1, *keys, kind=ChangeKind.REMOVED)) == []
    assert time.process_time() - begun < 10
    assert len(world.reporter.outcomes) == 10_000
