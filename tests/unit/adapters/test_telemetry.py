"""Standard output gets one line per object, and the metrics of each batch."""

import errno
import io
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, PowertoolsReporter
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.images import Preparation
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor

RECORD = EventRecord("m1", None, 2, "{}", ())
LEGS = {"authorize": 11, "upload": 222, "add": 33}


@pytest.fixture(autouse=True)
def _no_logger_is_kept() -> Iterator[None]:
    """Remove Powertools' logger of the service: it keeps the standard output that it saw first."""
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    yield
    logging.Logger.manager.loggerDict.pop(SERVICE, None)


def new_reporter() -> PowertoolsReporter:
    """Make a reporter within the test, whose standard output differs from that of its fixtures."""
    return PowertoolsReporter(Redactor("a-planted-secret"))


def report(reporter: PowertoolsReporter, key: str = "a.jpg", request_id: str = "request-1", **fields: object) -> None:
    outcome = Outcome(**{"result": Result.ADDED, "ref": ObjectRef("alibaba", "pictures", key)} | fields)
    reporter.object_done(outcome, RECORD, request_id=request_id, dead_lettered=False, fault=None)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_legs_of_an_add_are_logged_and_measured(capsys) -> None:
    reporter = new_reporter()
    report(reporter, legs=LEGS, milliseconds=400)
    reporter.batch_done()
    line, metrics = lines(capsys)
    assert line["legs_ms"] == LEGS
    names = {metric["Name"]: metric["Unit"] for metric in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    for name, milliseconds in (("AuthorizeLatency", 11.0), ("UploadLatency", 222.0), ("AddLatency", 33.0)):
        assert metrics[name] == [milliseconds]
        assert names[name] == "Milliseconds"
    assert metrics["IngestLatency"] == [400.0]


def test_a_rejected_object_has_no_legs(capsys) -> None:
    reporter = new_reporter()
    report(reporter, result=Result.REJECTED, reason=Reason.NOT_AN_IMAGE)
    reporter.batch_done()
    line, metrics = lines(capsys)
    assert "legs_ms" not in line
    assert not {"AuthorizeLatency", "UploadLatency", "AddLatency"} & metrics.keys()
    assert metrics["Rejected"] == [1.0]


@pytest.mark.parametrize(
    ("fields", "blank"),
    [
        ({"result": Result.ADDED, "prepared": Preparation("PNG", 100, 100, 9, 9, ("blank: ...",), is_blank=True)}, 1.0),
        ({"result": Result.ADDED, "prepared": Preparation("PNG", 100, 100, 9, 9, ())}, 0.0),
        ({"result": Result.REJECTED, "reason": Reason.IMAGE_BLANK}, 1.0),
        ({"result": Result.REJECTED, "reason": Reason.CORRUPT_IMAGE}, 0.0),
        (  # it is tried again, and would be counted twice
            {
                "result": Result.FAILED,
                "reason": Reason.NETWORK,
                "prepared": Preparation("PNG", 100, 100, 9, 9, (), is_blank=True),
            },
            0.0,
        ),
    ],
)
def test_blank_pictures_are_counted(capsys, fields: dict, blank: float) -> None:
    reporter = new_reporter()
    report(reporter, **fields)
    reporter.batch_done()
    assert lines(capsys)[-1]["BlankPictures"] == [blank]


def test_an_announced_object_says_why_and_in_which_run(capsys) -> None:
    reporter = new_reporter()
    changes = tuple(
        ObjectChange(ObjectRef("alibaba", "pictures", key), ChangeKind.ANNOUNCED, "x", key, why=why, run=run)
        for key, why, run in (("a.jpg", "backfill", "run-1"), ("b.jpg", "operator", None))
    )
    record = replace(RECORD, changes=changes)
    for ref in (*record.refs, ObjectRef("alibaba", "pictures", "c.jpg")):
        reporter.object_done(Outcome(Result.ADDED, ref), record, request_id="r", dead_lettered=False, fault=None)
    assert [(line.get("why"), line.get("run")) for line in lines(capsys)] == [
        ("backfill", "run-1"),
        ("operator", None),
        (None, None),
    ]


def test_each_batch_with_objects_has_its_own_metrics(capsys) -> None:
    reporter = new_reporter()
    for _ in range(2):
        report(reporter)
        reporter.batch_done()
    reporter.batch_done()
    assert [line["Added"] for line in lines(capsys) if "_aws" in line] == [[1.0], [1.0]]


@pytest.mark.parametrize("variable", ["POWERTOOLS_METRICS_DISABLED", "POWERTOOLS_DEV"])
def test_metrics_can_be_switched_off(capsys, monkeypatch, variable: str) -> None:
    reporter = new_reporter()
    monkeypatch.setenv(variable, "true")
    report(reporter)
    reporter.batch_done()
    assert [line["key"] for line in lines(capsys)] == ["a.jpg"]


class Unbuffered(io.StringIO):
    """Unbuffered standard output, as in a container: other threads run after each write."""

    def write(self, text: str) -> int:
        written = super().write(text)
        time.sleep(0.0005)
        return written


def test_concurrent_invocations_write_whole_lines(monkeypatch) -> None:
    out = Unbuffered()
    monkeypatch.setattr("sys.stdout", out)
    reporter = new_reporter()

    def invocation(number: int) -> None:
        for key in range(20):
            report(reporter, f"{number}-{key}", f"request-{number}", legs=LEGS)
            reporter.batch_done()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(invocation, range(8)))
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    reported = {(line["key"].partition("-")[0], line["function_request_id"]) for line in found if "key" in line}
    assert reported == {(str(number), f"request-{number}") for number in range(8)}
    assert sum(len(line["Added"]) for line in found if "_aws" in line) == 160


def test_no_line_holds_a_known_secret(capsys) -> None:
    reporter = new_reporter()
    report(reporter, "a-planted-secret.jpg", detail="it was a-planted-secret")
    (line,) = lines(capsys)
    assert "a-planted-secret" not in json.dumps(line)


class Full(io.StringIO):
    """Standard output on a full disk."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("objects", [1, 101])  # Powertools writes its metrics once there are a hundred values
def test_a_full_disk_does_no_harm(monkeypatch, objects: int) -> None:
    """Otherwise the batch would fail after its records were settled, and would be repeated for ever."""
    out = Full()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", io.StringIO())  # where logging complains
    reporter = new_reporter()
    for _ in range(objects):
        report(reporter)
    reporter.batch_done()
    out.full = False
    report(reporter, "b.jpg")
    reporter.batch_done()
    line, metrics = (json.loads(line) for line in out.getvalue().splitlines())
    assert (line["key"], metrics["Added"]) == ("b.jpg", [1])


def test_a_closed_standard_output_does_no_harm(monkeypatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    reporter = new_reporter()
    out.close()
    report(reporter)
    reporter.batch_done()


NO_OBJECT = {"result": Result.SKIPPED}


@pytest.mark.parametrize(
    ("outcomes", "nothing_taken"),
    [
        ([{"reason": Reason.EXCLUDED}], 1.0),
        ([{"reason": Reason.OTHER_BUCKET}, {"reason": Reason.EXCLUDED}], 1.0),
        ([{"reason": Reason.EXCLUDED}, {"reason": Reason.NEVER_A_PICTURE}, {"reason": Reason.TEST_EVENT}], 1.0),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.ADDED}], 0.0),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.REJECTED, "reason": Reason.KEY_NOT_MATCHED}], 0.0),
        ([{"reason": Reason.EXCLUDED}, {"result": Result.FAILED, "reason": Reason.THROTTLED}], 0.0),
        ([{"reason": Reason.EXCLUDED}, {"reason": Reason.REMOVED_KEPT}], 0.0),
        ([{"reason": Reason.NEVER_A_PICTURE}], None),
        ([{"reason": Reason.FOLDER_MARKER}, {"reason": Reason.OTHER_EVENT}], None),
    ],
)
def test_a_batch_says_whether_the_settings_passed_over_all(capsys, outcomes: list, nothing_taken: float | None) -> None:
    reporter = new_reporter()
    for outcome in outcomes:
        report(reporter, **NO_OBJECT | outcome)
    reporter.batch_done()
    metrics = lines(capsys)[-1]
    assert metrics.get("NothingTaken") == (None if nothing_taken is None else [nothing_taken])


def test_each_batch_is_judged_alone(capsys) -> None:
    reporter = new_reporter()
    for fields in ({"result": Result.ADDED}, NO_OBJECT | {"reason": Reason.EXCLUDED}, {"result": Result.ADDED}):
        report(reporter, **fields)
        reporter.batch_done()
    assert [line["NothingTaken"] for line in lines(capsys) if "_aws" in line] == [[0.0], [1.0], [0.0]]


def test_a_start_is_one_line_without_secrets(capsys) -> None:
    new_reporter().started("taking every key; proxy https://u:a-planted-secret@proxy", release="0.1.0", rule="abc")
    (line,) = lines(capsys)
    assert (line["message"], line["level"], line["release"], line["rule"]) == ("start", "INFO", "0.1.0", "abc")
    assert line["summary"].startswith("taking every key; ")
    assert "a-planted-secret" not in json.dumps(line)
