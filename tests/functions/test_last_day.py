"""In the last day before a queue would drop a record, the handlers write a dead letter for whatever is unsettled."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_cloud.clouds.aws import AwsCloud
from tests.support.fc_outages import FOR_EVER, NEW, NO_RETRY, behind
from tests.support.fc_outages import created as created_on_oss
from tests.support.function_compute import Function
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created
from tests.support.oss_events import as_text, message
from tests.support.pictures import jpeg

FIRST, SECOND, BAD = "shoes/1/first.jpg", "shoes/2/second.jpg", "shoes/3/bad.jpg"
NOWHERE = "http://127.0.0.1:9"
DAY = 86_400
REFUSALS = [
    ("UnknownException", 500, "service_unavailable"),
    ("DeniedRequest", 403, "throttled"),
    ("NoPermission", 403, "credentials"),
]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        for key in (FIRST, SECOND):
            cloud.upload(key, jpeg())
        cloud.upload(BAD, b"no picture")
        yield cloud


@pytest.fixture
def on_lambda(aws: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(aws, monkeypatch, capsys)
    yield function
    function.stop()


def aged(event: dict[str, Any], days: float) -> dict[str, Any]:
    """Return the event with messages that were sent so many days ago."""
    for one in event["Records"]:
        one["attributes"]["SentTimestamp"] = str(round((time.time() - days * DAY) * 1000))
    return event


@pytest.mark.parametrize(("days", "letters"), [(0, 0), (12.9, 0), (13.1, 1), (13.9, 1), (29, 0), (400, 0)])
@pytest.mark.parametrize(("code", "status", "reason"), REFUSALS)
def test_sqs_record_ends_in_its_last_day(
    on_lambda: LambdaFunction, aws: AwsCloud, *, code: str, status: int, reason: str, days: float, letters: int
) -> None:
    """An age of more than four weeks is that of a test event."""
    aws.image_search.faults.add({"leg": "add", "kind": "error", "code": code, "status": status, "times": None})
    assert on_lambda(aged(created(FIRST, receives=85), days)) == ["M1"] * (1 - letters)
    assert [letter["code"] for letter in on_lambda.letters()] == [reason] * letters


def test_network_outage_ends_in_the_last_day(on_lambda: LambdaFunction) -> None:
    on_lambda.start(INGEST_HTTPS_PROXY=NOWHERE)
    assert on_lambda(aged(created(FIRST, SECOND, BAD, receives=85), 13.5)) == []
    codes = sorted(letter["code"] for letter in on_lambda.letters())
    assert codes == ["network", "network", "not_an_image"]


def test_late_record_ends_in_its_last_day(on_lambda: LambdaFunction) -> None:
    assert on_lambda(aged(created(FIRST), 13.5), seconds=4.0) == []
    assert [letter["code"] for letter in on_lambda.letters()] == ["not_begun"]


def received(times: int, days: float) -> list[dict[str, Any]]:
    """Return the array of a record that was first received so many days ago."""
    first = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    content = {"receives": times, "first_received_at": first, "message": created_on_oss(NEW)["data"]["messageBody"]}
    return [message(as_text({"imagesearch_ingest": content}))]


@pytest.mark.parametrize(("days", "letters"), [(0, 0), (5.9, 0), (6.1, 1), (13.9, 1), (14.1, 0), (400, 0)])
@pytest.mark.parametrize(("code", "status", "reason"), REFUSALS)
def test_smq_record_ends_in_its_last_day(
    function: Function, *, code: str, status: int, reason: str, days: float, letters: int
) -> None:
    behind(function).cloud.image_search.faults.add(FOR_EVER | {"code": code, "status": status})
    function(received(60, days), NO_RETRY)
    assert [letter["code"] for letter in function.letters()] == [reason] * letters
    assert len(function.waiting()) == 1 - letters
