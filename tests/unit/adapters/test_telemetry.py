"""What is written to standard output: a line an object, and the metrics of a batch."""

import errno
import io
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, PowertoolsReporter
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor

RECORD = EventRecord("m1", None, 2, "{}", ())
LEGS = {"authorize": 11, "upload": 222, "add": 33}


@pytest.fixture(autouse=True)
def _no_logger_is_kept() -> Iterator[None]:
    """Powertools has one a service for the whole process, and that one keeps its first standard output."""
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    yield
    logging.Logger.manager.loggerDict.pop(SERVICE, None)


def new_reporter() -> PowertoolsReporter:
    """Made within a test, whose standard output is not yet that of its fixtures."""
    return PowertoolsReporter(Redactor("a-planted-secret"))


def report(reporter: PowertoolsReporter, key: str = "a.jpg", request_id: str = "request-1", **fields: object) -> None:
    outcome = Outcome(**{"result": Result.ADDED, "ref": ObjectRef("alibaba", "pictures", key)} | fields)
    reporter.object_done(outcome, RECORD, request_id=request_id, dead_lettered=False, fault=None)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_how_long_each_request_of_an_add_took_is_in_the_line_and_in_the_metrics(capsys) -> None:
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


def test_what_added_nothing_has_no_legs(capsys) -> None:
    reporter = new_reporter()
    report(reporter, result=Result.REJECTED, reason=Reason.NOT_AN_IMAGE)
    reporter.batch_done()
    line, metrics = lines(capsys)
    assert "legs_ms" not in line
    assert not {"AuthorizeLatency", "UploadLatency", "AddLatency"} & metrics.keys()
    assert metrics["Rejected"] == [1.0]


def test_each_batch_has_its_own_metrics_and_one_without_objects_has_none(capsys) -> None:
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
    """As standard output is in a container: another thread may come after each write."""

    def write(self, text: str) -> int:
        written = super().write(text)
        time.sleep(0.0005)
        return written


def test_several_invocations_at_once_write_whole_lines(monkeypatch) -> None:
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
    told = {(line["key"].partition("-")[0], line["function_request_id"]) for line in found if "key" in line}
    assert told == {(str(number), f"request-{number}") for number in range(8)}
    assert sum(len(line["Added"]) for line in found if "_aws" in line) == 160


def test_no_line_holds_a_secret_that_is_known(capsys) -> None:
    reporter = new_reporter()
    report(reporter, "a-planted-secret.jpg", detail="it was a-planted-secret")
    (line,) = lines(capsys)
    assert "a-planted-secret" not in json.dumps(line)


class Full(io.StringIO):
    """As standard output is on a disk that is full."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("objects", [1, 101])  # Powertools writes by itself when it has a hundred values
def test_what_cannot_be_written_fails_nobody_and_is_not_kept(monkeypatch, objects: int) -> None:
    """Else the batch would fail, after its records have been settled, and would be done again, for ever."""
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


def test_a_closed_standard_output_fails_nobody(monkeypatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    reporter = new_reporter()
    out.close()
    report(reporter)
    reporter.batch_done()
