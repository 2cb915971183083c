"""A bucket, an index and dead letters on both local clouds, without the function: each test sets the state itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.dead_letters.letter import Source, Target
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.settings import Settings
from imagesearch_ops.dlq import reading
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.explain.explaining import run_explain
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.support.fakes import a_letter
from tests.support.pictures import encode, jpeg

RATE = {"INGEST_ADDS_PER_SECOND": "1000", "INGEST_BUCKET": "pictures"}
OTHER_PICTURE = encode(Image.radial_gradient("L"), quality=90)
_numbers = count(1)


@dataclass
class Explained:
    """What the command has printed, with its exit code. ``document`` is empty if it printed only a summary."""

    code: int
    document: dict[str, Any]
    summary: dict[str, Any]
    messages: str


@dataclass
class World:
    """A local cloud and what a test does in it. Each test has its own queue, and ``key`` makes names of its own."""

    cloud: Any
    name: str
    capsys: pytest.CaptureFixture[str]
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        name = f"letters-{self.number}"
        if self.is_aws:
            self.letters = self.cloud.sqs.create_queue(QueueName=name)["QueueUrl"]
        else:
            self.cloud.smq.create_queue(name)
            self.letters = self.cloud.smq.queue_url(name)

    @property
    def scheme(self) -> str:
        return {"aws": "s3", "alibaba": "oss"}[self.name]

    @property
    def is_aws(self) -> bool:
        return self.name == "aws"

    def key(self, name: str = "a.jpg") -> str:
        return f"p{self.number}/{name}"

    def url(self, key: str) -> str:
        return f"{self.scheme}://pictures/{key}"

    def upload(self, key: str, data: bytes | None = None, **metadata: str) -> str:
        """Upload an object with attributes in its metadata. Return its key."""
        names = {f"imagesearch-{name.replace('_', '-')}": value for name, value in metadata.items()}
        self.cloud.upload(key, jpeg() if data is None else data, names)
        return key

    def index(self, key: str, *, product_id: str | None = None, data: bytes | None = None, **attributes: Any) -> None:
        """Put an entry into the index, by default under the IDs of the default rule."""
        environ = self.cloud.environ()
        settings = Settings.from_env(environ)
        api = ImageSearchApi(image_search_options(settings), EnvironmentCredentials(environ))
        request = AddImageRequest(
            instance_name="demo",
            product_id=product_id or key.split("/")[-2],
            pic_name=attributes.pop("pic_name", key),
            pic_content=jpeg() if data is None else data,
            **attributes,
        )
        api.add(api.upload(request.pic_content), request)

    def put_letter(self, key: str, *, etag: str | None = None, **fields: Any) -> None:
        """Put a dead letter about the object into the queue. It is about every content without an ``etag``."""
        source = fields.pop("source", Source(cloud=self.name, bucket="pictures", key=key, etag=etag))
        target = fields.pop("target", Target(instance="demo", region=self.cloud.REGION))
        at = fields.pop("failed_at", (datetime.now(UTC) + timedelta(seconds=2)).isoformat())
        letter = a_letter(
            **{"record_id": f"{key}-{next(_numbers)}", "source": source, "target": target, "failed_at": at, **fields}
        )
        self.put_message(letter.to_json())

    def put_message(self, body: str) -> None:
        """Put any message into the dead-letter queue."""
        if self.is_aws:
            self.cloud.sqs.send_message(QueueUrl=self.letters, MessageBody=body)
        else:
            self.cloud.smq.queue(f"letters-{self.number}").send(body)
            reading.WAIT_SECONDS = 1  # SMQ hides a message that was released for a second

    def environ(self, **settings: str) -> dict[str, str]:
        """Return the variables of a shell. An empty setting is unset."""
        given = self.cloud.environ() | {"INGEST_DEAD_LETTER_QUEUE_URL": self.letters} | settings
        return {name: value for name, value in given.items() if value}

    def explain(
        self,
        key: str | None,
        *,
        index: bool | None = None,
        hours: float = 0,
        event: Path | None = None,
        **settings: str,
    ) -> Explained:
        """Run the command as if ``hours`` had passed."""
        self.capsys.readouterr()
        at = datetime.now(UTC) + timedelta(hours=hours)
        url = None if key is None else self.url(key)
        code = run_explain(url, event, self.environ(**settings), index=index, as_json=True, at=at)
        shown = self.capsys.readouterr()
        *documents, last = map(json.loads, shown.out.splitlines())
        assert last["summary"]["exit"] == code
        return Explained(ExitCode(code), documents[0] if documents else {}, last["summary"], shown.err)

    def screen(self, key: str, **settings: str) -> list[str]:
        """Return the lines that a person sees on standard output."""
        self.capsys.readouterr()
        run_explain(self.url(key), None, self.environ(**settings), as_json=False)
        return self.capsys.readouterr().out.splitlines()


def check(explained: Explained, verdict: str, code: int, kind: str) -> None:
    """Compare the beginning of the verdict, the exit code and the kind."""
    assert explained.document["verdict"].startswith(verdict), explained.document["verdict"]
    assert (explained.code, explained.document["verdict_code"]) == (code, kind)
    assert explained.summary["verdict"] == kind


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with AwsCloud(RATE, with_function=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def alibaba_cloud() -> Iterator[AlibabaCloud]:
    with AlibabaCloud(RATE, with_function=False) as cloud:
        yield cloud


@pytest.fixture
def on_aws(aws_cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    yield from _world(aws_cloud, "aws", monkeypatch, capsys)


@pytest.fixture
def on_alibaba(alibaba_cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    yield from _world(alibaba_cloud, "alibaba", monkeypatch, capsys)
    alibaba_cloud.oss.denied.clear()
    alibaba_cloud.oss.faults.clear()


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest) -> World:
    return request.getfixturevalue({"aws": "on_aws", "alibaba": "on_alibaba"}[request.param])


def _world(
    cloud: LocalCloud, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[World]:
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0)  # the local queues never falsely bring nothing
    for variable, value in cloud.environ().items():
        if variable.startswith("AWS_"):  # botocore reads keys and endpoints from the process
            monkeypatch.setenv(variable, value)
    yield World(cloud, name, capsys)
    cloud.image_search.faults.clear()
