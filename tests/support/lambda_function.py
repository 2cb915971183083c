"""The Lambda handler in this process, on the local cloud."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from imagesearch_ingest.events import encode_event_key
from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from tests.support.handler_module import HandlerModule

# Seconds: two are kept for settling and an object needs five, but repeating a request to Image Search needs seven.
NO_RETRY = 8.9


class QuickAwsCloud(AwsCloud):
    """An instance whose quota nobody has to wait for."""

    ADDS_A_SECOND = 1000


class Context:
    """A Lambda context with so many seconds left."""

    aws_request_id = "request-1"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return round(self._seconds * 1000)


class LambdaFunction(HandlerModule):
    """A worker as after a cold start, in the environment that the local cloud recommends."""

    PATH = "ingest_s3/app.py"

    def __init__(
        self, cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **variables: str
    ) -> None:
        self.cloud = cloud
        super().__init__(monkeypatch)
        self._capsys = capsys
        self._letters = len(cloud.dead_letters())
        self.lines: list[dict[str, Any]] = []
        self.metrics: list[dict[str, Any]] = []
        cloud.image_search.reset()
        self.start(**cloud.environ() | variables)

    def __call__(self, event: dict[str, Any], seconds: float = NO_RETRY) -> list[str]:
        """Invoke the handler. Return the IDs of the messages that stay in the queue."""
        answer = self.module.handler(event, Context(seconds))
        lines = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        self.lines += [line for line in lines if line.get("message") == "object"]
        self.metrics += [line for line in lines if "_aws" in line]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    @property
    def line(self) -> dict[str, Any]:
        """Return the latest outcome line."""
        return self.lines[-1]

    @property
    def outcome(self) -> str:
        """Return the latest outcome, with its reason if it has one."""
        return ": ".join(filter(None, [self.line["outcome"], self.line.get("reason")]))

    @property
    def entry(self) -> Entry:
        """Return the only entry of the index."""
        (entry,) = self.cloud.image_search.entries()
        return entry

    def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters written since the start of the test."""
        return self.cloud.dead_letters()[self._letters :]

    def call_times(self, leg: str) -> list[float]:
        """Return when the service received each call of one leg, in seconds."""
        return [call.time for call in self.cloud.image_search.calls if call.leg == leg]

    def hosts(self) -> set[str]:
        """Return the hosts that were called."""
        return {call.host for call in self.cloud.image_search.calls}


def created(*keys: str, receives: int = 1, bucket: str = "pictures", receipt: str | None = None) -> dict[str, Any]:
    """Return an SQS batch with one message for each uploaded key."""
    return _batch([[_record("ObjectCreated:Put", key, bucket)] for key in keys], receives, receipt)


def removed(*keys: str) -> dict[str, Any]:
    """Return an SQS batch with one message for each removed key."""
    return _batch([[_record("ObjectRemoved:Delete", key, "pictures")] for key in keys])


def created_beside(key: str, record: object) -> dict[str, Any]:
    """Return a batch of one message with an uploaded key and another record of the notification."""
    return _batch([[_record("ObjectCreated:Put", key, "pictures"), record]])


def _record(name: str, key: str, bucket: str) -> dict[str, Any]:
    stored = {"bucket": {"name": bucket}, "object": {"key": encode_event_key(key), "size": 1, "eTag": "e"}}
    return {"eventVersion": "2.6", "eventSource": "aws:s3", "eventName": name, "s3": stored}


def _batch(messages: Iterable[list[Any]], receives: int = 1, receipt: str | None = None) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"M{number}",
                "receiptHandle": receipt or f"unknown-{number}",
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "body": json.dumps({"Records": records}),
            }
            for number, records in enumerate(messages, 1)
        ]
    }
