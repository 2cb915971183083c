"""The clock is compared by the header Date of every answer."""

from types import SimpleNamespace

import pytest

from imagesearch_ops.doctor.checks.deployed import check_clock
from imagesearch_ops.doctor.clock import Clock

NOON = 1795953600.0  # Sun, 29 Nov 2026 12:00:00 GMT


def _judge(clock: Clock):
    return check_clock(SimpleNamespace(clock=clock))


@pytest.mark.parametrize(
    ("here", "ok", "said"),
    [
        (NOON, True, "0 s from that of s3"),
        (NOON + 59, True, "58 s from that of s3"),
        (NOON + 62, False, "62 s ahead of that of s3"),
        (NOON - 1200, False, "1200 s behind that of s3"),
        (NOON + 1200, False, "1200 s ahead of that of s3"),
    ],
)
def test_a_difference_of_more_than_a_minute_is_broken(here: float, ok: bool, said: str) -> None:  # noqa: FBT001 - a table
    clock = Clock()
    clock.note("s3", "Sun, 29 Nov 2026 12:00:00 GMT", here)
    finding = _judge(clock)
    assert (finding.ok, said in finding.detail) == (ok, True), finding.detail


def test_the_service_that_differs_most_counts() -> None:
    clock = Clock()
    clock.note("s3", "Sun, 29 Nov 2026 12:00:00 GMT", NOON)
    clock.note("sqs", "Sun, 29 Nov 2026 12:20:00 GMT", NOON)
    assert "of sqs" in _judge(clock).detail


def test_the_code_of_a_refusal_is_enough() -> None:
    clock = Clock()
    clock.note("s3", "Sun, 29 Nov 2026 12:00:00 GMT", NOON)
    clock.refuse("key.valid", "InvalidTimeStamp.Expired")
    finding = _judge(clock)
    assert finding.ok is False
    assert "InvalidTimeStamp.Expired" in finding.detail


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_answer_without_a_time_says_nothing(date: str | None) -> None:
    clock = Clock()
    clock.note("s3", date)
    assert _judge(clock).ok is None


def test_the_answers_of_aws_tell_their_time(cloud, diagnose, monkeypatch) -> None:
    monkeypatch.setattr("imagesearch_ops.doctor.clock.time", SimpleNamespace(time=lambda: NOON))
    found = diagnose(cloud.environ())
    assert "clock.skew" in found.broken
    assert "this machine's clock is" in found["clock.skew"]["detail"]
