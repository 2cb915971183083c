"""Differences to plant in the local AWS, and what moto lacks."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.s3.responses import S3Response

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from local_cloud.sqs.move_tasks import MoveTask
from local_cloud.sqs.queue import StandardQueue
from tests.live.account import Account
from tests.live.probes import clocks, events, queues, watching

ACCOUNT = "123456789012"
Plant = Callable[[Any, pytest.MonkeyPatch, Account], None]


def patched(target: Any, name: str, value: Any) -> Plant:
    return lambda _, patch, __: patch.setattr(target, name, value)


def diagnose(name: str, *, ok: bool) -> Plant:
    """Let `doctor` have found something."""
    names = ("function.state", "function.errors", "bucket.announces", "canary.picture")
    rows = {one: {"ok": ok if one == name else True, "detail": "it is broken"} for one in names}
    return lambda _, __, account: account.known.update(doctor=rows)


def measure(*names: str) -> Plant:
    """Let CloudWatch have metrics of the queue."""

    def plant(cloud: Any, _: pytest.MonkeyPatch, account: Account) -> None:
        cloudwatch_backends[ACCOUNT][cloud.sqs.meta.region_name].metric_data.clear()
        for name in names:
            point = {"MetricName": name, "Value": 1.0}
            point["Dimensions"] = [{"Name": "QueueName", "Value": watching.queue_name(account)}]
            cloud.aws.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[point])

    return plant


def points(second: int) -> Plant:
    return patched(watching, "read_points", lambda *_, **__: [(datetime(2026, 11, 1, 10, 5, second, tzinfo=UTC), 7.0)])


def measure_dimensions(*sets: tuple[str, ...]) -> Plant:
    """Let CloudWatch have metrics of the stack by these dimensions."""

    def plant(cloud: Any, _: pytest.MonkeyPatch, __: Account) -> None:
        cloudwatch_backends[ACCOUNT][cloud.sqs.meta.region_name].metric_data.clear()
        for names in sets:
            dimensions = [{"Name": name, "Value": "local"} for name in names]
            cloud.aws.client("cloudwatch").put_metric_data(
                Namespace="ImageSearchIngest",
                MetricData=[{"MetricName": "Added", "Value": 1.0, "Dimensions": dimensions}],
            )

    return plant


def log_start(memory: str) -> Plant:
    """Let the function's log have one line about its start."""

    def plant(cloud: Any, patch: pytest.MonkeyPatch, _: Account) -> None:
        logs, group = cloud.aws.client("logs"), f"local-{memory}"
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        line = {"timestamp": round(time.time() * 1000), "message": json.dumps({"message": "start", "memory": memory})}
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[line])
        outputs = [{"OutputKey": "LogGroupName", "OutputValue": group}]
        patch.setattr(watching, "describe_stack", lambda *_: {"Outputs": outputs})

    return plant


def issue_token(subject: str) -> Plant:
    """Let AWS STS issue a token, which moto does not."""
    payload = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")

    class Sts:
        def get_caller_identity(self) -> dict[str, str]:
            return {"Arn": "arn:aws:sts::123456789012:assumed-role/ingest/session"}

        def get_web_identity_token(self, **_: object) -> dict[str, str]:
            return {"WebIdentityToken": f"header.{payload}.signature"}

    return lambda _, patch, account: patch.setattr(account, "aws", lambda _: Sts())


def announce(encode: Callable[[str], str]) -> Plant:
    """Let EventBridge announce what is put, with keys in some form."""

    def plant(cloud: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
        def put(_: Account, bucket: str, key: str) -> None:
            (url,) = cloud.sqs.list_queues(QueueNamePrefix=account.prefix)["QueueUrls"]
            detail = {"bucket": {"name": bucket}, "object": {"key": encode(key)}}
            cloud.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"source": "aws.s3", "detail": detail}))

        patch.setattr(events, "put", put)

    return plant


def check_clocks(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    """Refuse every request, as moto does not look at its time."""

    def refuse(*_: object) -> None:
        raise IngestError(Reason.CREDENTIALS, "no", service_code="RequestTimeTooSkewed")

    patch.setattr(clocks.S3ObjectStore, "fetch", refuse)
    patch.setattr(clocks.SqsEventQueue, "ack", refuse)


def hide_the_region(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    head = S3Response.head_bucket

    def differ(self: S3Response) -> Any:
        status, headers, body = head(self)
        return status, {**headers, "x-amz-bucket-region": "elsewhere"}, body

    patch.setattr(S3Response, "head_bucket", differ)


def read_archives(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr("moto.s3.responses.ARCHIVE_STORAGE_CLASSES", [])


def fail_to_move(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr(MoveTask, "_move", lambda *_: "CouldNotDetermineMessageSource")
    patch.setattr(queues, "_TASK_SECONDS", 3.0)


def show_instead_of_delete(queue: StandardQueue, receipt: str) -> None:
    queue.change_visibility(receipt, 0)
