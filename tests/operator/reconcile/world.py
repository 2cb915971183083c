"""A bucket, an index and queues on both local clouds, without the function. A test plants what differs, or an audit."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops import instance
from imagesearch_ops.dlq import reading
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.index import download, tasks
from imagesearch_ops.reconcile.reconciling import run_reconcile
from imagesearch_ops.reconcile.wanted import Wanted
from local_cloud.image_search.models import Entry

SETTINGS = {"INGEST_ADDS_PER_SECOND": "1000", "INGEST_BUCKET": "pictures"}
DENIED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
_CLASSES = {"+": "missing", "-": "orphaned", "x": "known_rejected", "?": "foreign"}
_numbers = count(1)


@dataclass
class Policy:
    """What the bucket hides from now on, by keys. ``requests`` are those that it has seen."""

    listing: Callable[[str], bool] = lambda _: False
    reading: Callable[[str], bool] = lambda _: False
    down: Callable[[str], bool] = lambda _: False  # objects for which nothing answers
    requests: list[tuple[str, str]] = field(default_factory=list)

    def denies(self, method: str, key: str) -> bool:
        self.requests.append((method, key))
        return bool(key) and method in ("GET", "HEAD") and self.reading(key)

    def strip(self, document: bytes) -> bytes:
        """Return a listing without the keys that are hidden."""
        text, found = document.decode(), re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
        shown = [one for one in found.findall(text) if not self.listing(_key_of(one))]
        text = found.sub("", text).replace("</ListBucketResult>", "".join(shown) + "</ListBucketResult>")
        return re.sub(r"<KeyCount>\d+<", f"<KeyCount>{len(shown)}<", text).encode()


def _key_of(contents: str) -> str:
    return unquote(re.search("<Key>(.*?)</Key>", contents)[1].replace("+", " "))


@dataclass
class Done:
    """What the command has printed, with its exit code."""

    code: int
    lines: list[dict[str, Any]]
    summary: dict[str, Any]
    messages: str

    def keys(self, action: str) -> list[str]:
        return [line["key"] for line in self.lines if line["action"] == action]


@dataclass
class World:
    """A local cloud and what a test does in it. Each test has its own queue."""

    cloud: Any
    name: str
    folder: Path
    policy: Policy
    capsys: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        self.number = next(_numbers)
        self.queue, self.letters = (self._make_queue(f"{name}-{self.number}") for name in ("ingest", "letters"))

    def _make_queue(self, name: str) -> str:
        if self.is_aws:
            return str(self.cloud.sqs.create_queue(QueueName=name)["QueueUrl"])
        self.cloud.smq.create_queue(name)
        return str(self.cloud.smq.queue_url(name))

    @property
    def is_aws(self) -> bool:
        return self.name == "aws"

    @property
    def url(self) -> str:
        return f"{'s3' if self.is_aws else 'oss'}://pictures"

    def environ(self, **settings: str) -> dict[str, str]:
        """Return the variables of a shell. An empty setting is unset."""
        own = {"INGEST_QUEUE_URL": self.queue, "INGEST_DEAD_LETTER_QUEUE_URL": self.letters}
        own["XDG_STATE_HOME"] = str(self.folder / "state")
        given = self.cloud.environ() | own | settings
        return {name: value for name, value in given.items() if value}

    def settings(self) -> Settings:
        return Settings.from_env(self.environ())

    def index(self, *entries: tuple[str, str]) -> None:
        """Put entries into the index, by their IDs."""
        for ids in entries:
            one = Entry(*ids, b"", 100, 100, "JPEG", perceptual_hash=0, appearance=0, attributes={})
            self.cloud.image_search._parts.index.add(one)  # noqa: SLF001 - thousands by the API would take minutes

    def fill(self, *keys: str) -> None:
        """Upload objects, and index them under the default rule."""
        for key in keys:
            self.cloud.upload(key, b"bytes")
        self.index(*((key.split("/")[-2], key) for key in keys))

    def clear(self) -> None:
        """Empty the bucket and the index."""
        if self.is_aws:
            while found := self.cloud.s3.list_objects_v2(Bucket="pictures").get("Contents"):
                objects = [{"Key": one["Key"]} for one in found]
                self.cloud.s3.delete_objects(Bucket="pictures", Delete={"Objects": objects, "Quiet": True})
        else:
            for one in list(self.cloud.objects()):
                self.cloud.remove(one.key)
        self.cloud.image_search._parts.index.clear()  # noqa: SLF001 - as above
        self.cloud.image_search.faults.clear()

    def entries(self) -> set[tuple[str, str]]:
        return {entry.ids for entry in self.cloud.image_search.entries()}

    def audit(self, *differences: tuple[str, str], name: str = "audit", age: float = 0, **about: Any) -> Path:
        """Write the folder of an audit: classes with keys, or with ``ProductId|PicName`` for entries without a key."""
        folder = self.folder / name
        folder.mkdir()
        lines = [_line(symbol, text) for symbol, text in differences]
        (folder / "differences.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        counts = {word: sum(one[0] == symbol for one in differences) for symbol, word in _CLASSES.items()}
        counts |= {"same": 100, "indexed": 100, "listed": 100, "listing_complete": True, "dump_complete": True}
        settings = self.settings()
        known = {
            "v": 1,
            "command": "audit",
            "run": name,
            "url": self.url,
            "instance": "demo",
            "rule_fingerprint": settings.rule_fingerprint(),
            "preparation": settings.preparation_fingerprint(),
            "taken_at": time.time() - age,
            "counts": counts | about.pop("counts", {}),
            "complete": True,
        }
        (folder / "run.json").write_text(json.dumps(known | about))
        return folder

    def reconcile(self, audit: Path | str | None, *, environ: dict[str, str] | None = None, **options: Any) -> Done:
        """Run the command with ``--yes`` and ``--json``."""
        self.capsys.readouterr()
        wanted = Wanted(audit and str(audit), **{"yes": True, "state": self.folder / "run", **options})
        try:
            code = run_reconcile(wanted, self.environ(**(environ or {})), as_json=True)
        except Exception as error:  # noqa: BLE001 - the command line turns every error into its exit code
            code, message = None, str(error)
        shown = self.capsys.readouterr()
        *lines, last = map(json.loads, shown.out.splitlines())
        messages = shown.err if code is not None else f"{shown.err}\n{message}"
        return Done(ExitCode(last["summary"]["exit"]), lines, last["summary"], messages)

    def announced(self) -> list[str]:
        """Return the keys of the announcements in the queue, and leave none there."""
        bodies = self._take_bodies()
        found = [json.loads(body)["imagesearch_ingest"] for body in bodies]
        assert {one["why"] for one in found} <= {"reconcile"}
        assert {one["look_at"]["bucket"] for one in found} <= {"pictures"}
        return sorted(one["look_at"]["key"] for one in found)

    def _take_bodies(self) -> list[str]:
        if not self.is_aws:
            return [message.text for message in self.cloud.smq.queue(f"ingest-{self.number}").messages()]
        bodies: list[str] = []
        while found := self.cloud.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in found]
        return bodies

    def journal(self) -> list[dict[str, Any]]:
        path = self.folder / "run" / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _line(symbol: str, text: str) -> dict[str, Any]:
    product_id, found, pic_name = text.partition("|")
    key = None if found else text
    if not found:  # the default rule: the folder, and the whole key
        product_id, pic_name = text.rpartition("/")[0].rpartition("/")[2] or text, text
    ids = {"product_id": product_id, "pic_name": pic_name}
    return {"class": symbol, "key": key, **ids, "etag": "e", "last_modified": 1.0, "why": "planted"}


def quicken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the instance and the queues be quicker than real ones."""
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0 if world.is_aws else 1)
    for module in (instance, tasks, download):
        monkeypatch.setattr(module, "SLOT_SECONDS", 0.02)
    image_search = world.cloud.image_search
    image_search.change_tasks(seconds=0.05)
    image_search.change_instance(qps=1000)
    image_search.change_rates(detail=1000, dump=1000, dump_list=1000)
