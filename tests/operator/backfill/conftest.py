"""A bucket and a queue on each local cloud, without a function: what is announced stays in the queue."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto.sqs.models import sqs_backends

from imagesearch_ops.backfill.backfilling import run_backfill
from imagesearch_ops.backfill.wanted import Wanted
from local_cloud.aws import REGION, AwsServer
from local_cloud.oss import OssService
from local_cloud.smq import SmqService
from tests.support.smq import KEY_ID, KEY_SECRET, TOKEN

COMMON = {"INGEST_INSTANCE_NAME": "demo", "INGEST_INSTANCE_REGION": "ap-southeast-1"}


@dataclass
class Shop(ABC):
    """A bucket, the queue that a function would read, and the variables of an operator's shell."""

    name: str
    url: str
    environ: dict[str, str]
    state: Path

    @abstractmethod
    def put(self, *keys: str) -> None: ...

    @abstractmethod
    def bodies(self) -> list[str]:
        """Return all messages of the queue, in no order."""

    @abstractmethod
    def drain(self, number: int) -> None:
        """Take some messages out of the queue, as a function does."""

    def announced(self) -> Counter[str]:
        """Return how often each key is in the queue."""
        return Counter(json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in self.bodies())

    def about(self) -> dict[str, Any]:
        about: dict[str, Any] = json.loads((self.state / "run.json").read_text())
        return about

    def read(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.state / name).read_text().splitlines()]


class AwsShop(Shop):
    cloud = "aws"
    server: AwsServer

    def put(self, *keys: str) -> None:
        client = self.server.client("s3")
        for key in keys:
            client.put_object(Bucket=self.name, Key=key, Body=b"x")

    @property
    def _queue(self) -> Any:
        *_, account, name = self.environ["INGEST_QUEUE_URL"].split("/")
        return sqs_backends[account][REGION].queues[name]  # moto runs in this process

    def bodies(self) -> list[str]:
        return [message.body for message in self._queue.all_messages()]

    def groups(self) -> set[str | None]:
        return {message.group_id for message in self._queue.all_messages()}

    def drain(self, number: int) -> None:
        for message in self._queue.all_messages()[:number]:
            self._queue.remove(message)


class AlibabaShop(Shop):
    cloud = "alibaba"
    oss: OssService
    smq: SmqService

    def put(self, *keys: str) -> None:
        uploader = self.oss.uploader()
        for key in keys:
            uploader.put(self.name, key, b"x")

    def bodies(self) -> list[str]:
        return [message.text for message in self.smq.messages(self.name)]

    def priorities(self) -> set[int]:
        return {message.priority for message in self.smq.messages(self.name)}

    def drain(self, number: int) -> None:
        queue = self.smq.queue(self.name)
        for message in queue.receive(number, 0):
            queue.delete(message.receipt)


@pytest.fixture(scope="module")
def alibaba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OssService, SmqService]]:
    keys = {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET, "security_token": TOKEN}
    folder = tmp_path_factory.mktemp("alibaba")  # one authority for both
    with (
        OssService(region="cn-shanghai", state_dir=folder, **keys) as oss,
        SmqService(state_dir=folder, **keys) as smq,
    ):
        yield oss, smq


@pytest.fixture
def on_aws(aws: AwsServer, unique_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsShop:
    aws.client("s3").create_bucket(Bucket=unique_name)
    queue = aws.client("sqs").create_queue(QueueName=unique_name)["QueueUrl"]
    settings = {
        "INGEST_BUCKET": unique_name,
        "INGEST_QUEUE_URL": queue,
        "INGEST_DEAD_LETTER_QUEUE_URL": f"{queue}-letters",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    shop = AwsShop(unique_name, f"s3://{unique_name}", COMMON | aws.environ() | settings, tmp_path / "run")
    shop.server = aws
    for name, value in aws.environ().items():  # botocore reads keys and endpoints from the process
        monkeypatch.setenv(name, value)
    return shop


@pytest.fixture
def on_alibaba(alibaba: tuple[OssService, SmqService], unique_name: str, tmp_path: Path) -> AlibabaShop:
    oss, smq = alibaba
    oss.make_bucket(unique_name)
    smq.create_queue(unique_name)
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "FC_REGION": "cn-shanghai",
        "INGEST_BUCKET": unique_name,
        "INGEST_BUCKET_ENDPOINT": oss.url,
        "INGEST_CA_BUNDLE": str(smq.ca_path),
        "INGEST_QUEUE_URL": smq.queue_url(unique_name),
        "INGEST_DEAD_LETTER_QUEUE_URL": smq.queue_url(f"{unique_name}-letters"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    shop = AlibabaShop(unique_name, f"oss://{unique_name}", COMMON | environ, tmp_path / "run")
    shop.oss, shop.smq = oss, smq
    return shop


@pytest.fixture(params=["aws", "alibaba"])
def shop(request: pytest.FixtureRequest) -> Shop:
    return request.getfixturevalue(f"on_{request.param}")


@dataclass
class Done:
    """What a backfill within this process has printed. ``error`` is what it raised."""

    lines: list[dict[str, Any]]
    summary: dict[str, Any]
    messages: str
    error: Exception | None


@pytest.fixture
def backfill(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return a function that runs ``backfill --json`` with ``--yes``, unless an option says otherwise."""

    def backfill(shop: Shop, *, environ: dict[str, str] | None = None, **options: Any) -> Done:
        given = {"url": shop.url, "yes": True, "state": None if "resume" in options else shop.state}
        error = None
        try:
            run_backfill(Wanted(**given | options), shop.environ | (environ or {}), as_json=True)
        except Exception as raised:  # noqa: BLE001 - the command line turns it into a message and an exit code
            error = raised
        output = capsys.readouterr()
        *lines, last = map(json.loads, output.out.splitlines())
        return Done(lines, last["summary"], output.err, error)

    return backfill
