"""The handler of the watch in this process, over a local cloud that is wired as the template does it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local_cloud.clouds.aws import AwsCloud
from tests.support.handler_module import HandlerModule
from tests.support.lambda_function import Context

BUCKET, RULE = "pictures", "uploads"


def deploy_anew(cloud: AwsCloud) -> None:
    """Bring the cloud into the state after a deployment: empty, and the bucket announces through a rule."""
    requests.post(f"{cloud.aws.url}/moto-api/reset", timeout=10)
    cloud._create_queues()  # noqa: SLF001 - what its start does
    cloud._create_bucket()  # noqa: SLF001 - as above
    cloud.image_search.reset()
    cloud.image_search.change_rates(detail=1000)
    wire_up(cloud)


def wire_up(cloud: AwsCloud) -> None:
    """Announce through a rule of EventBridge, as the template does."""
    whole = {"EventBridgeConfiguration": {}}
    cloud.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=whole)
    events = cloud.aws.client("events")
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted", "Object Restore Completed"],
        "detail": {"bucket": {"name": [BUCKET]}},
    }
    arn = events.put_rule(Name=RULE, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=RULE, Targets=[{"Id": "queue", "Arn": cloud.queue_arn}])
    statements = [
        {
            "Sid": "EventsOfTheRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": cloud.queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
        },
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": cloud.queue_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"Policy": policy})


def watch_environ(cloud: AwsCloud) -> dict[str, str]:
    """Return the variables of the function, as the template sets them."""
    arn = cloud.aws.client("events").describe_rule(Name=RULE)["Arn"]
    return cloud.environ() | {
        "INGEST_BUCKET": BUCKET,
        "INGEST_ADDS_PER_SECOND": "1",  # the rate of an instance as small as the local one
        "WATCH_RULE_ARN": arn,
        "WATCH_QUEUE_ARN": cloud.queue_arn,
        "WATCH_RULE_DEAD_LETTERS_ARN": cloud.find_arn(cloud.rule_dead_letter_queue),
        "WATCH_KEY_PREFIXES": "",
    }


@dataclass(frozen=True)
class Looked:
    """What one look has written."""

    line: dict[str, Any]
    metrics: dict[str, Any]
    output: str

    def __getitem__(self, name: str) -> float:
        """Return the only value of a metric, which has a list of them in CloudWatch's format."""
        found = self.metrics[name]
        (value,) = found if isinstance(found, list) else (found,)
        return value


class Watch(HandlerModule):
    """The handler. Each call is a cold start."""

    PATH = "watch/app.py"

    def __init__(self, cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(monkeypatch)
        self._environ = watch_environ(cloud)
        self._capsys = capsys

    def __call__(self, *, seconds: float = 60, **variables: str) -> Looked:
        """Look once, with these variables changed."""
        self.start(**variables)
        self._capsys.readouterr()
        self.module.handler({"source": "aws.scheduler"}, Context(seconds))
        output = self._capsys.readouterr().out
        line, metrics = map(json.loads, output.splitlines())
        return Looked(line, metrics, output)

    def start(self, **variables: str | None) -> None:
        """Start a new process of the function."""
        super().start(**self._environ | variables)

    def stop(self) -> None:
        """Do nothing: the watch keeps nothing that would have to end."""
