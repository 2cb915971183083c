"""A bucket and an instance on each local cloud, for the direct engine: no function, and by default no queue."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.e2e.conftest import COMMAND, Finished, clean_environ, untraced
from tests.support.pictures import jpeg

NOT_A_PICTURE = b"not a picture"
QUEUES = {"INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"}


class Aws(AwsCloud):
    ADDS_A_SECOND = 1000


class Alibaba(AlibabaCloud):
    ADDS_A_SECOND = 1000


@contextmanager
def open_clouds() -> Iterator[dict[str, LocalCloud]]:
    with ExitStack() as stack:
        settings = {"INGEST_INSTANCE_REGION": "cn-shanghai"}
        clouds: dict[str, LocalCloud] = {
            "aws": Aws(settings, with_function=False),
            "alibaba": Alibaba(settings, with_function=False),
        }
        for cloud in clouds.values():
            stack.enter_context(cloud)
        yield clouds


@dataclass
class World:
    """A part of the bucket of one cloud, below a prefix of its own, and the folder of a run."""

    name: str
    cloud: LocalCloud
    prefix: str
    state: Path

    @property
    def url(self) -> str:
        return f"{'s3' if self.name == 'aws' else 'oss'}://{self.cloud.bucket}/{self.prefix}"

    def put(self, name: str, data: bytes | None = None) -> str:
        key = self.prefix + name
        self.cloud.upload(key, jpeg() if data is None else data)
        return key

    def remove(self, name: str) -> None:
        self.cloud.remove(self.prefix + name)

    def fill(self, good: int, bad: int = 0) -> tuple[set[str], set[str]]:
        """Put good and bad pictures, mixed in the order of their keys. Return the keys of both."""
        step = (good + bad) // bad if bad else good + 1
        kinds = {number: number % step == step - 1 for number in range(good + bad)}
        keys = {
            is_bad: {
                self.put(f"{n:04}.jpg", NOT_A_PICTURE if is_bad else None) for n, one in kinds.items() if one == is_bad
            }
            for is_bad in (False, True)
        }
        return keys[False], keys[True]

    def environ(self, *, has_queues: bool = False, **changed: str) -> dict[str, str]:
        environ = {**self.cloud.environ(), **changed, "XDG_STATE_HOME": str(self.state.parent / "state")}
        return {name: value for name, value in environ.items() if has_queues or name not in QUEUES}

    def start(self, *arguments: object, is_traced: bool = True, **environ: Any) -> subprocess.Popen[str]:
        variables = clean_environ(**self.environ(**environ))
        return subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, "backfill", self.url, "--engine", "direct", *map(str, arguments)],
            env=variables if is_traced else untraced(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def held(self) -> dict[str, bytes]:
        """Return the pictures of this part in the index, by PicName."""
        entries = self.cloud.image_search.entries()
        return {entry.pic_name: entry.picture for entry in entries if entry.pic_name.startswith(self.prefix)}

    def read(self, name: str) -> list[dict[str, Any]]:
        """Return the whole lines of a file. A process at work, or one that was killed, can have begun another."""
        path = self.state / name
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def letters(self) -> dict[str, list[str]]:
        """Return the record IDs of the filed letters by key."""
        found: dict[str, list[str]] = {}
        for letter in self.read("letters.jsonl"):
            found.setdefault(letter["source"]["key"], []).append(letter["record_id"])
        return found

    def about(self) -> dict[str, Any]:
        path = self.state / "run.json"
        about: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return about

    def queued(self) -> set[str]:
        """Return the keys of the letters in the dead-letter queue that are about this part."""
        keys = {letter["source"]["key"] for letter in self.cloud.dead_letters()}
        return {key for key in keys if key.startswith(self.prefix)}

    def adds(self) -> int:
        """Return how many AddImage calls the instance has seen, of all parts."""
        return sum(call.leg == "add" for call in self.cloud.image_search.calls)


def finish(process: subprocess.Popen[str], seconds: float = 120) -> Finished:
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return Finished(process.returncode, stdout, stderr)


def interrupt(process: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    os.kill(process.pid, number)
