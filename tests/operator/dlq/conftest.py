"""Queues with dead letters, on the local SQS and the local SMQ."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ops.dlq import reading
from imagesearch_ops.dlq.session import Where
from local_cloud.aws import AwsServer
from local_cloud.smq import SmqService
from tests.support.fakes import a_letter
from tests.support.smq import KEY_ID, KEY_SECRET, TOKEN, local_smq

_numbers = count(1)


def letter_about(key: str, **fields: Any) -> DeadLetter:
    """Return a letter about an object of the bucket "shop" on AWS. Each key is a record of its own."""
    source = fields.pop("source", Source(cloud="aws", bucket="shop", key=key))
    return a_letter(**{"record_id": f"record-{key}", "source": source, **fields})


@dataclass
class SqsPair:
    """A queue and its dead-letter queue on SQS."""

    client: Any
    environ: dict[str, str]
    ingest: str
    letters: str
    state: Path

    cloud = "aws"

    @property
    def where(self) -> Where:
        return Where(queue_url=self.letters, to_queue_url=self.ingest)

    def put(self, *bodies: str, url: str | None = None) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            assert not self.client.send_message_batch(QueueUrl=url or self.letters, Entries=entries).get("Failed")

    def bodies(self, url: str | None = None) -> list[str]:
        """Return the visible messages of the dead-letter queue or another, and leave them visible."""
        found: list[dict[str, Any]] = []
        where = url or self.letters
        while more := self.client.receive_message(
            QueueUrl=where, MaxNumberOfMessages=10, VisibilityTimeout=600, WaitTimeSeconds=0
        ).get("Messages"):
            found += more
        for message in found:
            self.client.change_message_visibility(
                QueueUrl=where, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return [message["Body"] for message in found]


@dataclass
class SmqPair:
    """A queue and its dead-letter queue on SMQ."""

    service: SmqService
    environ: dict[str, str]
    ingest: str
    letters: str
    state: Path

    cloud = "alibaba"

    @property
    def where(self) -> Where:
        return Where(queue_url=self.letters, to_queue_url=self.ingest)

    def _queue(self, url: str | None) -> Any:
        return self.service.queue((url or self.letters).rpartition("/")[2])

    def put(self, *bodies: str, url: str | None = None) -> None:
        for body in bodies:
            self._queue(url).send(body)

    def bodies(self, url: str | None = None) -> list[str]:
        return [message.text for message in self._queue(url).messages()]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let polls return at once: the local queues never falsely bring nothing."""
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def smq() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture
def sqs(aws: AwsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SqsPair:
    environ = aws.environ() | {"XDG_STATE_HOME": str(tmp_path / "state")}
    for name, value in environ.items():  # botocore reads keys and endpoints from the process
        monkeypatch.setenv(name, value)
    client, number = aws.client("sqs"), next(_numbers)
    letters = client.create_queue(QueueName=f"letters-{number}", Attributes={"MessageRetentionPeriod": "1209600"})
    arn = client.get_queue_attributes(QueueUrl=letters["QueueUrl"], AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 1000}
    ingest = client.create_queue(QueueName=f"ingest-{number}", Attributes={"RedrivePolicy": json.dumps(redrive)})
    return SqsPair(client, environ, ingest["QueueUrl"], letters["QueueUrl"], tmp_path / "run")


@pytest.fixture
def smq_pair(smq: SmqService, tmp_path: Path) -> SmqPair:
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "INGEST_CA_BUNDLE": str(smq.ca_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    number = next(_numbers)
    names = [f"ingest-{number}", f"letters-{number}"]
    for name in names:
        smq.create_queue(name, message_retention_period=7 * 24 * 3600)
    ingest, letters = map(smq.queue_url, names)
    return SmqPair(smq, environ, ingest, letters, tmp_path / "run")


@pytest.fixture(params=["sqs", "smq"])
def pair(request: pytest.FixtureRequest) -> SqsPair | SmqPair:
    return request.getfixturevalue({"sqs": "sqs", "smq": "smq_pair"}[request.param])


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that returns what was printed on standard output since it was last called."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
