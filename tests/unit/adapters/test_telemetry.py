"""Standard output gets one line per object, and whole lines of metrics."""

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
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Result
from imagesearch_ingest.redaction import Redactor
from tests.support.emf import of_stack, read_all

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
    assert sum(of_stack(read_all([line for line in found if "_aws" in line]))["Added"]) == 160


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


@pytest.mark.parametrize("objects", [1, 101])  # metrics are written once there are a hundred objects
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
    line, *metrics = (json.loads(line) for line in out.getvalue().splitlines())
    assert (line["key"], of_stack(read_all(metrics))["Added"]) == ("b.jpg", [1])


def test_a_closed_standard_output_does_no_harm(monkeypatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    reporter = new_reporter()
    out.close()
    report(reporter)
    reporter.batch_done()


def test_a_start_is_one_line_without_secrets(capsys) -> None:
    new_reporter().started("taking every key; proxy https://u:a-planted-secret@proxy", release="0.1.0", rule="abc")
    (line,) = lines(capsys)
    assert (line["message"], line["level"], line["release"], line["rule"]) == ("start", "INFO", "0.1.0", "abc")
    assert line["summary"].startswith("taking every key; ")
    assert "a-planted-secret" not in json.dumps(line)
