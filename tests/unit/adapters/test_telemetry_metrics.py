"""Each batch writes its metrics by stack, outcome and reason, in lines that CloudWatch accepts."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, PowertoolsReporter
from imagesearch_ingest.events import EventRecord, Replayed
from imagesearch_ingest.model.images import Preparation
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor
from tests.support.emf import Series, of_stack, read, read_all

NOW = datetime(2026, 11, 30, 2, 0, 0, tzinfo=UTC)
REF = ObjectRef("aws", "pictures", "a.jpg")
RECORD = EventRecord("m1", None, 1, "{}", ())
LEGS = {"authorize": 11, "upload": 222, "add": 33}
SKIPPED, REJECTED, FAILED = ({"result": result} for result in (Result.SKIPPED, Result.REJECTED, Result.FAILED))
BAD_KEY = FAILED | {"reason": Reason.CREDENTIALS}


@pytest.fixture(autouse=True)
def _no_logger_is_kept() -> Iterator[None]:
    """Remove Powertools' logger of the service: it keeps the standard output that it saw first."""
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    yield
    logging.Logger.manager.loggerDict.pop(SERVICE, None)


class Batches:
    """A reporter, and the lines of metrics that it writes."""

    def __init__(self, capsys: pytest.CaptureFixture[str], **names: str) -> None:
        self._reporter = PowertoolsReporter(Redactor(), now=lambda: NOW, **names)
        self._capsys = capsys

    def report(self, record: EventRecord = RECORD, *, dead_lettered: bool = False, **fields: object) -> None:
        outcome = Outcome(**{"result": Result.ADDED, "ref": REF} | fields)
        self._reporter.object_done(outcome, record, request_id="r", dead_lettered=dead_lettered, fault=None)

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of metrics since the last time."""
        found = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return [line for line in found if "_aws" in line]

    def end(self) -> dict[str, list[float]]:
        """End the batch. Return the values of the stack's own metrics."""
        self._reporter.batch_done()
        return of_stack(read_all(self.lines()))


@pytest.fixture
def batches(capsys) -> Batches:
    return Batches(capsys)


def announced(kind: ChangeKind, event_time: str | None, **fields: object) -> EventRecord:
    return replace(RECORD, changes=(ObjectChange(REF, kind, "x", "a.jpg", event_time=event_time),), **fields)


def test_each_dimension_set_has_its_own_sum(capsys) -> None:
    batches = Batches(capsys, service="images", namespace="Shop", stack="shop-2")
    for fields in ({}, {}, REJECTED | {"reason": Reason.NOT_AN_IMAGE}, REJECTED | {"reason": Reason.CORRUPT_IMAGE}):
        batches.report(**fields)
    batches._reporter.batch_done()  # noqa: SLF001 - the lines are what is tested
    stack = {"service": "images", "stack": "shop-2"}
    found = {series: sum(values) for series, values in read_all(batches.lines()).items() if series.name == "Objects"}
    assert found == {
        Series("Shop", "Objects", frozenset(dimensions.items())): number
        for dimensions, number in (
            (stack, 4),
            (stack | {"outcome": "added"}, 2),
            (stack | {"outcome": "rejected"}, 2),
            (stack | {"outcome": "rejected", "reason": "not_an_image"}, 1),
            (stack | {"outcome": "rejected", "reason": "corrupt_image"}, 1),
        )
    }


def test_every_reason_makes_a_valid_line_and_at_most_as_many_metrics(batches: Batches) -> None:
    """The number of a stack's metrics is what they cost (docs/design.md, section 11)."""
    record = announced(ChangeKind.CREATED, "2026-11-30T01:59:00Z", retention_began_at=NOW)
    for reason in Reason:
        batches.report(record, result=reason.result, reason=reason)
    batches.report(record, legs={"authorize": 1, "upload": 1, "wait": 1, "add": 1})
    batches._reporter.batch_done()  # noqa: SLF001 - the lines are what is tested
    found = read_all(batches.lines())
    assert len(of_stack(found)) == 20
    assert len([series for series in found if len(series.dimensions) == 3]) == 5
    assert len([series for series in found if len(series.dimensions) == 4]) == len(Reason)


def test_the_legs_of_an_add_are_measured(batches: Batches) -> None:
    batches.report(legs=LEGS, milliseconds=400)
    found = batches.end()
    assert [found[name] for name in ("AuthorizeLatency", "UploadLatency", "AddLatency")] == [[11], [222], [33]]
    assert found["IngestLatency"] == [400]


def test_latencies_are_milliseconds_and_ages_are_seconds(batches: Batches) -> None:
    batches.report(announced(ChangeKind.CREATED, "2026-11-30T01:59:00Z"), legs=LEGS)
    batches._reporter.batch_done()  # noqa: SLF001 - the lines are what is tested
    metrics = batches.lines()[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    units = {metric["Name"]: metric["Unit"] for metric in metrics}
    assert (units["AddLatency"], units["IngestLatency"], units["Age"]) == ("Milliseconds", "Milliseconds", "Seconds")
    assert (units["Added"], units["Retries"]) == ("Count", "Count")


def test_a_rejected_object_has_no_legs(batches: Batches) -> None:
    batches.report(**REJECTED | {"reason": Reason.NOT_AN_IMAGE})
    found = batches.end()
    assert not {"AuthorizeLatency", "UploadLatency", "AddLatency"} & found.keys()
    assert found["Rejected"] == [1]


def test_calls_and_refused_calls_are_counted(batches: Batches) -> None:
    batches.report(add_calls=4, add_calls_throttled=3, retries=3)
    batches.report(add_calls=1)
    found = batches.end()
    assert (found["AddCalls"], found["AddCallsThrottled"], found["Retries"]) == ([5], [3], [3, 0])


def test_dead_letters_are_counted(batches: Batches) -> None:
    batches.report(dead_lettered=True, **REJECTED | {"reason": Reason.NOT_AN_IMAGE})
    batches.report()
    assert batches.end()["DeadLettered"] == [1]
    batches.report()
    assert batches.end()["DeadLettered"] == [0]


@pytest.mark.parametrize(
    ("fields", "blank"),
    [
        ({"prepared": Preparation("PNG", 100, 100, 9, 9, ("blank: ...",), is_blank=True)}, 1),
        ({"prepared": Preparation("PNG", 100, 100, 9, 9, ())}, 0),
        (REJECTED | {"reason": Reason.IMAGE_BLANK}, 1),
        (REJECTED | {"reason": Reason.CORRUPT_IMAGE}, 0),
        (  # it is tried again, and would be counted twice
            FAILED | {"reason": Reason.NETWORK, "prepared": Preparation("PNG", 9, 9, 9, 9, (), is_blank=True)},
            0,
        ),
    ],
)
def test_blank_pictures_are_counted(batches: Batches, fields: dict, blank: float) -> None:
    batches.report(**fields)
    assert batches.end()["BlankPictures"] == [blank]


@pytest.mark.parametrize(
    ("event_time", "age"),
    [
        ("2026-11-30T01:58:57.500Z", [62.5]),
        ("2026-11-30T09:59:00+08:00", [60]),
        ("2026-11-30T02:00:03Z", [0]),  # another machine's clock
        ("2026-11-01T00:00:00Z", None),  # a sample, or a clock that is wrong
        ("2026-11-30T01:59:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_age_is_the_time_since_the_event(batches: Batches, event_time: str | None, age: list | None) -> None:
    batches.report(announced(ChangeKind.CREATED, event_time))
    assert batches.end().get("Age") == age


@pytest.mark.parametrize(
    ("kind", "outcome", "dead_lettered", "is_measured"),
    [
        (ChangeKind.CREATED, {}, False, True),
        (ChangeKind.REMOVED, {"result": Result.DELETED}, False, True),
        (ChangeKind.CREATED, REJECTED | {"reason": Reason.NOT_AN_IMAGE}, True, True),
        (ChangeKind.CREATED, FAILED | {"reason": Reason.NETWORK}, True, True),
        (ChangeKind.CREATED, FAILED | {"reason": Reason.NETWORK}, False, False),  # it comes back
        (ChangeKind.CREATED, SKIPPED | {"reason": Reason.EXCLUDED}, False, False),
        (ChangeKind.ANNOUNCED, {}, False, False),
    ],
)
def test_only_what_is_done_has_an_age(
    batches: Batches, kind: ChangeKind, outcome: dict, *, dead_lettered: bool, is_measured: bool
) -> None:
    batches.report(announced(kind, "2026-11-30T01:59:00Z"), dead_lettered=dead_lettered, **outcome)
    assert ("Age" in batches.end()) == is_measured


def test_a_replayed_letter_has_no_age(batches: Batches) -> None:
    batches.report(announced(ChangeKind.CREATED, "2026-11-30T01:59:00Z", replayed=Replayed("a", 1, "a", "network")))
    assert "Age" not in batches.end()


def test_a_record_that_comes_back_says_how_long_it_waits(batches: Batches) -> None:
    record = replace(RECORD, retention_began_at=NOW - timedelta(days=10))
    batches.report(record, **FAILED | {"reason": Reason.THROTTLED})
    assert batches.end()["WaitingAge"] == [864_000]
    batches.report(record, dead_lettered=True, **FAILED | {"reason": Reason.THROTTLED})
    batches.report(record)
    assert "WaitingAge" not in batches.end()


def test_each_batch_with_objects_has_its_own_metrics(batches: Batches) -> None:
    for _ in range(2):
        batches.report()
        assert batches.end()["Added"] == [1]
    assert batches.end() == {}


def test_a_large_batch_is_written_in_valid_lines_as_it_goes(batches: Batches) -> None:
    for _ in range(250):
        batches.report(legs=LEGS)
    before_the_end = batches.lines()
    assert sum(of_stack(read_all(before_the_end))["Added"]) == 200
    assert all(read(line) for line in before_the_end)
    found = batches.end()
    assert (found["Added"], len(found["AddLatency"]), found["NothingTaken"]) == ([50], 50, [0])


@pytest.mark.parametrize(
    ("outcomes", "nothing_taken"),
    [
        ([{"reason": Reason.EXCLUDED}], [1]),
        ([{"reason": Reason.OTHER_BUCKET}, {"reason": Reason.EXCLUDED}], [1]),
        ([{"reason": Reason.EXCLUDED}, {"reason": Reason.NEVER_A_PICTURE}, {"reason": Reason.TEST_EVENT}], [1]),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.ADDED}], [0]),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.REJECTED, "reason": Reason.KEY_NOT_MATCHED}], [0]),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.FAILED, "reason": Reason.THROTTLED}], [0]),
        ([{"reason": Reason.EXCLUDED}, {"reason": Reason.REMOVED_KEPT}], [0]),
        ([{"reason": Reason.NEVER_A_PICTURE}], None),
        ([{"reason": Reason.FOLDER_MARKER}, {"reason": Reason.OTHER_EVENT}], None),
    ],
)
def test_a_batch_says_whether_the_settings_passed_over_all(batches, outcomes: list, nothing_taken) -> None:
    for outcome in outcomes:
        batches.report(**SKIPPED | outcome)
    assert batches.end().get("NothingTaken") == nothing_taken


def test_each_batch_is_judged_alone(batches: Batches) -> None:
    found = []
    for fields in ({}, SKIPPED | {"reason": Reason.EXCLUDED}, {}):
        batches.report(**fields)
        found += batches.end()["NothingTaken"]
    assert found == [0, 1, 0]


AGAIN = replace(RECORD, receive_count=2)


@pytest.mark.parametrize(
    ("objects", "needed"),
    [
        ([(AGAIN, BAD_KEY)], [1]),
        ([(AGAIN, FAILED | {"reason": Reason.INSTANCE_FULL})], [1]),
        ([(AGAIN, BAD_KEY), (RECORD, {})], [1]),
        ([(RECORD, BAD_KEY)], None),  # it may pass before anybody could act
        ([(RECORD, BAD_KEY), (RECORD, {})], [0]),
        ([(RECORD, {})], [0]),
        ([(RECORD, {"result": Result.DELETED})], [0]),
        ([(AGAIN, REJECTED | {"reason": Reason.NOT_AN_IMAGE})], None),
        ([(AGAIN, FAILED | {"reason": Reason.NETWORK})], None),
        ([(AGAIN, FAILED | {"reason": Reason.THROTTLED})], None),
    ],
)
def test_a_batch_says_whether_an_operator_must_act(batches: Batches, objects: list, needed: list | None) -> None:
    for record, fields in objects:
        batches.report(record, **fields)
    assert batches.end().get("OperatorNeeded") == needed
