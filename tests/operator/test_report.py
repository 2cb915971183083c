"""The last line of ``--json`` is the summary, whatever ends the command."""

import json
import re

import pytest

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dlq.decisions import Answer, Decision
from imagesearch_ops.dlq.outcomes import Outcomes
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting


def run_into(error: BaseException) -> None:
    with reporting(as_json=True) as report:
        report.summary = {"records": 3}
        raise error


def end_with(error: BaseException, capsys) -> dict:
    with pytest.raises(type(error)):
        run_into(error)
    (line,) = capsys.readouterr().out.splitlines()
    summary: dict = json.loads(line)["summary"]
    assert (summary["v"], summary["records"]) == (1, 3)
    assert re.fullmatch(r"\d{8}T\d{4}-[0-9a-f]{4}", summary["run"])
    assert summary["seconds"] >= 0
    return summary


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (SystemExit(130), 130, "interrupted"),
        (SystemExit(143), 143, "terminated"),
        (InputError("wrong"), 2, "usage"),
        (SettingsError("wrong"), 2, "usage"),
        (IngestError(Reason.CREDENTIALS, "no credentials"), 7, "credentials"),
        (IngestError(Reason.TIMEOUT, "no answer"), 5, "timeout"),
        (OSError(28, "No space left on device", "a"), 1, "system"),
        (KeyError("bug"), 1, "internal_error"),
    ],
)
def test_an_error_is_told_in_the_summary(error: BaseException, code: int, reason: str, capsys) -> None:
    summary = end_with(error, capsys)
    assert (summary["exit"], summary["error"]["code"], summary["error"]["reason"]) == (code, code, reason)
    assert set(summary["error"]) == {"code", "reason", "message", "hint"}


def test_a_success_has_no_error(capsys) -> None:
    with reporting(as_json=True) as report:
        report.line({"key": "a"})
    first, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"key": "a"}
    assert (last["summary"]["exit"], last["summary"]["error"]) == (0, None)


def test_nothing_is_printed_for_people(capsys) -> None:
    with reporting(as_json=False) as report:
        report.line({"key": "a"})
    assert capsys.readouterr().out == ""


def test_an_incomplete_reading_outranks_records_that_were_not_sent(capsys) -> None:
    with reporting(as_json=True) as report:
        report.fail(ExitCode.FAILED, "incomplete", "5 of about 9")
        report.fail(ExitCode.INCOMPLETE, "unchanged", "two")
    assert report.code is ExitCode.FAILED
    assert json.loads(capsys.readouterr().out)["summary"]["error"]["reason"] == "incomplete"


@pytest.mark.parametrize(("records", "said"), [(1000, ""), (1001, "Only the first 1000 are shown.")])
def test_a_table_that_is_cut_says_so(records: int, said: str, capsys) -> None:
    with reporting(as_json=False) as report:
        outcomes = Outcomes(report)
        for number in range(records):
            outcomes.add({"record_id": f"r{number}", "code": "timeout"}, Decision(Answer.SENT, "it may pass"))
        outcomes.finish(is_dry_run=False)
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert bool(shown.err) is bool(said)
    assert f"{records} seen" in shown.out
