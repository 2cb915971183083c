"""A bucket, an index and dead letters on both local clouds, without the function: each test plants what differs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.dead_letters.letter import Source, Target
from imagesearch_ingest.settings import Settings
from imagesearch_ops import instance
from imagesearch_ops.audit.auditing import run_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.dlq import reading
from imagesearch_ops.index import download, tasks
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from tests.support.fakes import a_letter

SETTINGS = {"INGEST_ADDS_PER_SECOND": "1000", "INGEST_BUCKET": "pictures"}
_numbers = count(1)


@dataclass
class Audited:
    """What the command has printed, with its exit code."""

    code: int
    lines: list[dict[str, Any]]
    summary: dict[str, Any]
    messages: str

    def keys(self, symbol: str) -> list[str]:
        """Return the keys of a class or, without a key, the PicNames."""
        return [line["key"] or line["pic_name"] for line in self.lines if line["class"] == symbol]

    def counts(self, *names: str) -> tuple[Any, ...]:
        return tuple(self.summary[name] for name in names)


@dataclass
class Shop:
    """A bucket and its index."""

    cloud: Any
    name: str
    folder: Path
    capsys: pytest.CaptureFixture[str]
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        """Make a queue of its own for dead letters: no local queue can be emptied."""
        name = f"letters-{self.number}"
        if self.name == "aws":
            self.letters = self.cloud.sqs.create_queue(QueueName=name)["QueueUrl"]
        else:
            self.cloud.smq.create_queue(name)
            self.letters = self.cloud.smq.queue_url(name)

    @property
    def url(self) -> str:
        return f"{'s3' if self.name == 'aws' else 'oss'}://pictures"

    @property
    def index(self) -> Any:
        return self.cloud.image_search._parts.index  # noqa: SLF001 - a thousand entries by the API would take minutes

    def environ(self, **settings: str) -> dict[str, str]:
        """Return the variables of a shell. An empty setting is unset."""
        own = {"XDG_STATE_HOME": str(self.folder / "state"), "INGEST_DEAD_LETTER_QUEUE_URL": self.letters}
        given = self.cloud.environ() | own | settings
        return {name: value for name, value in given.items() if value}

    def upload(self, *keys: str, data: bytes = b"bytes") -> None:
        for key in keys:
            self.cloud.upload(key, data)

    def add_entries(self, *pairs: tuple[str, str]) -> None:
        """Put entries into the index, by their IDs."""
        for ids in pairs:
            self.index.add(Entry(*ids, b"", 100, 100, "JPEG", perceptual_hash=0, appearance=0, attributes={}))

    def fill(self, *keys: str) -> None:
        """Upload objects, and index them under the default rule."""
        self.upload(*keys)
        self.add_entries(*((key.split("/")[-2], key) for key in keys))

    def put_letters(self, keys: Iterable[str], **fields: Any) -> None:
        """Say of objects that they were rejected as they are now."""
        settings = Settings.from_env(self.environ())
        etags = {one.key: one.etag for one in self._list()}
        for key in keys:
            given = {
                "record_id": f"{key}-{next(_numbers)}",
                "source": Source(cloud=self.name, bucket="pictures", key=key, etag=etags.get(key)),
                "target": Target(instance="demo", region=self.cloud.REGION),
                "failed_at": datetime.now(UTC).isoformat(),
                "preparation": settings.preparation_fingerprint(),
                "rule": settings.rule_fingerprint(),
            }
            letter = a_letter(**given | fields)
            self._send(letter.to_json())

    def audit(self, *, settings: dict[str, str] | None = None, **wanted: Any) -> Audited:
        self.capsys.readouterr()
        options = {"grace": "0", **wanted}
        code: int
        try:
            code = run_audit(Wanted(**options), self.environ(**settings or {}), as_json=True)
        except Exception as error:  # noqa: BLE001 - the command prints it, and goes on to its summary
            code, message = -1, str(error)
        else:
            message = ""
        shown = self.capsys.readouterr()
        *lines, last = map(json.loads, shown.out.splitlines())
        summary = last["summary"]
        assert code in (-1, summary["exit"])
        return Audited(summary["exit"], lines, summary, shown.err + message)

    def clear(self) -> None:
        """Empty the bucket and the index."""
        for one in list(self.cloud.objects()):
            self.cloud.remove(one.key)
        self.index.clear()
        self.cloud.image_search.faults.clear()

    def _send(self, body: str) -> None:
        if self.name == "aws":
            self.cloud.sqs.send_message(QueueUrl=self.letters, MessageBody=body)
        else:
            self.cloud.smq.queue(f"letters-{self.number}").send(body)

    def _list(self) -> Any:
        from imagesearch_ops.buckets.opening import open_bucket  # noqa: PLC0415
        from imagesearch_ops.deployment import find_deployment  # noqa: PLC0415

        place = open_bucket(self.url, find_deployment(self.environ()))
        return [one for page in place.bucket.pages("", "") for one in page]


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with AwsCloud(SETTINGS, with_function=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def alibaba_cloud() -> Iterator[AlibabaCloud]:
    with AlibabaCloud(SETTINGS, with_function=False) as cloud:
        yield cloud


@pytest.fixture(params=["aws", "alibaba"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shop]:
    cloud = request.getfixturevalue(f"{request.param}_cloud")
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0 if request.param == "aws" else 1)
    for variable, value in cloud.environ().items():
        if variable.startswith("AWS_"):  # botocore reads keys and endpoints from the process
            monkeypatch.setenv(variable, value)
    for module in (instance, tasks, download):
        monkeypatch.setattr(module, "SLOT_SECONDS", 0.02)
    cloud.image_search.change_tasks(seconds=0.05)
    cloud.image_search.change_instance(qps=1000)
    cloud.image_search.change_rates(detail=1000, dump=1000, dump_list=1000)
    opened = Shop(cloud, request.param, tmp_path, capsys)
    yield opened
    opened.clear()
