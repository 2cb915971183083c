"""On Function Compute a line has one plain number for each metric: its log service cannot query lists."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, PowertoolsReporter, plain
from imagesearch_ingest.events import EventRecord, Replayed
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor

NOW = datetime(2026, 11, 30, 2, 0, 0, tzinfo=UTC)
REF = ObjectRef("alibaba", "pictures", "a.jpg")
RECORD = EventRecord("m1", None, 1, "{}", ())


@pytest.fixture(autouse=True)
def _no_logger_is_kept() -> Iterator[None]:
    """Remove Powertools' logger of the service: it keeps the standard output that it saw first."""
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    yield
    logging.Logger.manager.loggerDict.pop(SERVICE, None)


def written(capsys: pytest.CaptureFixture[str], outcomes: list[Outcome], record: EventRecord = RECORD) -> list[dict]:
    """Return the lines of a batch with these outcomes, in the form of Function Compute."""
    reporter = PowertoolsReporter(Redactor(), stack="shop", form=plain, now=lambda: NOW)
    for outcome in outcomes:
        reporter.object_done(outcome, record, request_id="r", dead_lettered=False, fault=None)
    reporter.batch_done()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == "metrics"]


def test_each_line_has_one_number_for_each_metric(capsys) -> None:
    outcomes = [Outcome(Result.ADDED, REF, milliseconds=milliseconds) for milliseconds in (120, 80)]
    first, second, by_outcome = metrics(written(capsys, outcomes))
    head = {"message": "metrics", "service": "imagesearch-ingest", "stack": "shop"}
    assert first.items() >= (head | {"Added": 2.0, "IngestLatency": 120.0, "NothingTaken": 0.0}).items()
    assert second == head | {"IngestLatency": 80.0, "Retries": 0.0}
    assert by_outcome == head | {"outcome": "added", "Objects": 2.0}


def test_a_line_has_no_list_and_no_head_of_cloudwatch(capsys) -> None:
    failed = Outcome(Result.FAILED, REF, reason=Reason.CREDENTIALS)
    for line in metrics(written(capsys, [failed, failed])):
        assert {type(value) for value in line.values()} <= {str, float}


@pytest.mark.parametrize(
    ("kind", "result", "replayed", "age"),
    [
        (ChangeKind.CREATED, Result.ADDED, None, 62.5),
        (ChangeKind.REMOVED, Result.DELETED, None, 62.5),
        (ChangeKind.CREATED, Result.FAILED, None, 62.5),
        (ChangeKind.ANNOUNCED, Result.ADDED, None, None),
        (ChangeKind.CREATED, Result.ADDED, Replayed("a", 1, "a", "network"), None),
    ],
)
def test_the_line_of_an_object_says_how_long_ago_its_event_was(capsys, kind, result, replayed, age) -> None:
    change = ObjectChange(REF, kind, "x", "a.jpg", event_time="2026-11-30T01:58:57.500Z")
    line = written(capsys, [Outcome(result, REF)], replace(RECORD, changes=(change,), replayed=replayed))[0]
    assert line.get("age_seconds") == age
