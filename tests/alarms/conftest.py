"""The alarms of template.yaml as deployed, and the metrics that the real function makes on the local cloud."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE
from imagesearch_ingest.adapters.watch_reporter import PowertoolsWatchReporter
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.watch.look import Look
from local_cloud.clouds.aws import AwsCloud
from tests.support.cloudformation import Deployed
from tests.support.cloudwatch import HOUR, Metrics, history, red, series_of
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud
from tests.support.pictures import jpeg

STACK = "shop"
PAGES, TICKETS = "arn:aws:sns:eu-central-1:123456789012:pages", "arn:aws:sns:eu-central-1:123456789012:tickets"
PARAMETERS = {"AlarmTopicArn": PAGES, "TicketTopicArn": TICKETS, "AuditSchedule": "rate(30 days)"}
GOOD, SECOND, BAD = "shoes/1/front.jpg", "shoes/2/front.jpg", "shoes/3/bad.jpg"
HEALTHY = Look(full_percent=50.0, days_to_expiry=200.0, announcing=True)
Properties = dict[str, Any]


def deployed(name: str = STACK, **parameters: str) -> Deployed:
    return Deployed(name, **PARAMETERS | parameters)


@pytest.fixture(scope="session")
def stack() -> Deployed:
    return deployed()


@pytest.fixture(scope="session")
def alarms(stack: Deployed) -> dict[str, Properties]:
    return stack.of_type("AWS::CloudWatch::Alarm")


def sent(event: dict[str, Any], seconds_ago: float) -> dict[str, Any]:
    """Return the event with messages that were sent so long ago."""
    for record in event["Records"]:
        record["attributes"]["SentTimestamp"] = str(round((time.time() - seconds_ago) * 1000))
    return event


def look(capsys: pytest.CaptureFixture[str], found: Look) -> list[dict[str, Any]]:
    """Return the lines of metrics that the watch writes about what it found."""
    capsys.readouterr()
    PowertoolsWatchReporter(Redactor(), stack=STACK).looked(found)
    logging.Logger.manager.loggerDict.pop(SERVICE, None)  # it keeps the standard output of this moment
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


@dataclass
class World:
    """A function, its alarms, and the metrics of both. Its clock is the test's: ``at`` is in seconds.

    ``healthy`` is what the watch writes every hour, with which no alarm of its own is red.
    """

    function: LambdaFunction
    alarms: dict[str, Properties]
    healthy: list[dict[str, Any]]
    metrics: Metrics = field(default_factory=Metrics)

    def invoke(self, at: float, event: dict[str, Any]) -> None:
        """Invoke the function at a time. Lambda counts an error if it raises, and 0 if it does not."""
        self.function.metrics.clear()
        errors = 0
        try:
            self.function(event)
        except Exception:  # noqa: BLE001 - Lambda counts any
            errors = 1
        self.metrics.take(at, self.function.metrics)
        self.add(at, "FunctionErrorAlarm", errors)
        self.add(at, "ThrottledFunctionAlarm", 0)

    def add(self, at: float, alarm: str, *values: float) -> None:
        """Add values of the metric that an alarm watches."""
        self.metrics.add(at, series_of(self.alarms[alarm]), *values)

    def red(self, alarm: str, until: float) -> list[tuple[float, float]]:
        """Return from when to when an alarm is in the state ALARM."""
        step = 60 if until <= 2 * 86400 else 300
        return red(history(self.alarms[alarm], self.metrics, until, step), until)

    def all_red(self, until: float) -> dict[str, list[tuple[float, float]]]:
        """Return the same of each alarm that is in the state ALARM at some time."""
        for hour in range(int(until / HOUR) + 1):
            self.metrics.take(hour * HOUR, self.healthy)
        found = {name: self.red(name, until) for name in self.alarms}
        return {name: times for name, times in found.items() if times}


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        for key in (GOOD, SECOND):
            cloud.upload(key, jpeg())
        cloud.upload(BAD, b"no picture")
        yield cloud


@pytest.fixture
def world(cloud: AwsCloud, alarms: dict[str, Properties], monkeypatch, capsys) -> Iterator[World]:
    function = LambdaFunction(cloud, monkeypatch, capsys, INGEST_STACK_NAME=STACK)
    yield World(function, alarms, look(capsys, HEALTHY))
    function.stop()
