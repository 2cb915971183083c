"""An SQS server with a queue and its dead-letter queue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto.core.base_backend import BackendDict

from local_cloud.aws import AwsServer


@dataclass
class Queues:
    """A client with the URLs of a queue, its dead-letter queue and a queue without one."""

    client: Any
    ingest: str
    letters: str
    other: str

    def arn(self, url: str) -> str:
        attributes = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return str(attributes["QueueArn"])

    def send(self, url: str, *bodies: str, **given: Any) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} | given for n, body in enumerate(bodies[start : start + 10])]
            assert not self.client.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    def receive(self, url: str, seconds: int = 600, limit: int = 10) -> list[dict[str, Any]]:
        response = self.client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=limit,
            VisibilityTimeout=seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = response.get("Messages", [])
        return messages

    def receive_all(self, url: str) -> list[dict[str, Any]]:
        """Return every visible message, and hide it."""
        received: list[dict[str, Any]] = []
        while more := self.receive(url):
            received += more
        return received

    def bodies(self, url: str) -> list[str]:
        return [message["Body"] for message in self.receive_all(url)]


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def queues(server: AwsServer) -> Queues:
    return make_queues(server)


def make_queues(server: AwsServer) -> Queues:
    """Return new, empty queues. Those of an earlier test are gone."""
    BackendDict.reset()
    client = server.client("sqs")
    letters, other = (client.create_queue(QueueName=name)["QueueUrl"] for name in ("letters", "other"))
    queues = Queues(client, "", letters, other)
    redrive = json.dumps({"deadLetterTargetArn": queues.arn(letters), "maxReceiveCount": 1})
    queues.ingest = client.create_queue(QueueName="ingest", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    return queues
