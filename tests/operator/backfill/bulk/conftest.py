"""A local Alibaba Cloud with pictures of every kind that a bulk import meets, and the command as a person runs it."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from tests.e2e.conftest import COMMAND, clean_environ, run, wait_until
from tests.support.pictures import encode, jpeg, scene

__all__ = ["run"]  # a fixture
SOURCE = "pictures"
GOOD = [jpeg(), jpeg(640, 480), encode(scene(320, 240), "PNG"), encode(scene(400, 300), "BMP")]
BAD = [b"only text", GOOD[0][:2000], encode(scene(20, 20), "PNG"), b""]
ATTRIBUTES = {
    "imagesearch-int-attr": "7",
    "imagesearch-int-attr-4": "-3",
    "imagesearch-str-attr-2": "red shoes",
    "imagesearch-category-id": "3",
    "imagesearch-custom-content": "k1:v1,=?UTF-8?B?6Z20?=",
}
HOSTILE = [
    "a\tb\nc.jpg",
    "plus + %41.jpg",
    "end.jpg ",
    "bidi\u202egpj.exe.jpg",
    "\u978b/\u00fc '\"\\.jpg",
    ".hidden.jpg",
]
SETTINGS = {"INGEST_BUCKET": SOURCE, "INGEST_ADDS_PER_SECOND": "100", "INGEST_EXCLUDE": "*.gif"}
_numbers = count()

Pictures = dict[str, tuple[bytes, dict[str, str]]]


def bad_keys(size: int) -> list[str]:
    """Return the keys of 3 % of the pictures."""
    return [f"shop/{n % 7}/sku-{n:04}.jpg" for n in range(size) if n % 33 == 16]


def make_pictures(size: int) -> Pictures:
    """Return pictures of which 3 % are bad, some with attributes, and objects that increment.meta cannot hold."""
    found: Pictures = {
        f"shop/{n % 7}/sku-{n:04}.jpg": (
            BAD[n // 33 % 4] if n % 33 == 16 else GOOD[n % 4],
            ATTRIBUTES if n % 10 == 3 else {},
        )
        for n in range(size)
    }
    found |= {key: (GOOD[n % 4], {}) for n, key in enumerate(HOSTILE)}
    found["region.jpg"] = (jpeg(5000, 900), {"imagesearch-region": "100,4900,50,850"})
    found["old.gif"] = found["Thumbs.db"] = (b"x", {})
    return found


# What increment.meta cannot hold, with the reason.
LEFT = {"shop/noext": "no_extension", "increment.meta": "name_taken", "whole.jpg": "crop_false"}


@dataclass
class Finished:
    """What a run of the command has left."""

    code: int
    lines: list[dict[str, Any]]
    messages: str

    @property
    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = self.lines[-1]["summary"]
        assert summary["exit"] == self.code
        return summary


@dataclass
class World:
    """A cloud, and the objects of its source bucket. ``staging`` is the bucket of the current test."""

    cloud: AlibabaCloud
    state: Path
    killed: str = ""  # what the last command printed that was killed
    staging: str = field(default_factory=lambda: f"staging-{next(_numbers)}")

    def command(self, *arguments: object) -> list[str]:
        url, staging = f"oss://{SOURCE}", f"oss://{self.staging}"
        return [COMMAND, "backfill", url, "--engine", "bulk", "--staging", staging, *map(str, arguments), "--json"]

    def environ(self, **changed: str) -> dict[str, str]:
        return clean_environ(**self.cloud.environ() | {"XDG_STATE_HOME": str(self.state)} | changed)

    def run(self, *arguments: object, **changed: str) -> Finished:
        environ = {name: value for name, value in self.environ(**changed).items() if value}
        done = subprocess.run(  # noqa: S603 - our own command
            self.command(*arguments), env=environ, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        return Finished(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def kill_when(self, ready: Callable[[Path], object], *arguments: object, how: int = signal.SIGKILL) -> Path:
        """Run the command, and kill it once ``ready`` says so of the run's folder. Return that folder."""
        folder = self.state / f"run-{next(_numbers)}"
        command = self.command("--yes", "--state", folder, *arguments)
        with subprocess.Popen(  # noqa: S603 - our own command
            command, env=self.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                wait_until(lambda: ready(folder), 60)
            finally:
                process.send_signal(how)
                self.killed = process.communicate()[0].decode()
        return folder

    def kill_after(self, seconds: float, folder: Path) -> None:
        """Go on with a run, and kill it after some seconds."""
        command = self.command("--yes", "--resume", folder)
        with subprocess.Popen(  # noqa: S603 - our own command
            command, env=self.environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            process.kill()

    def index(self) -> dict[tuple[str, str], tuple[object, ...]]:
        return {
            (one.product_id, one.pic_name): (one.picture, one.width, one.height, dict(one.attributes))
            for one in self.cloud.image_search.entries()
        }

    def letters(self) -> dict[str, str]:
        """Return the reasons of the dead letters by key."""
        return {one["source"]["key"]: one["code"] for one in self.cloud.dead_letters()}

    def put_quietly(self, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        """Put an object whose event is lost."""
        told, self.cloud.oss.on_event = self.cloud.oss.on_event, lambda _: None
        try:
            self.cloud.upload(key, data, metadata)
        finally:
            self.cloud.oss.on_event = told

    def tasks(self) -> list[Any]:
        return self.cloud.image_search._parts.increments.list()  # noqa: SLF001 - there is no other way to count them

    def staged(self) -> dict[str, bytes]:
        return {one.key: one.data for one in self.cloud.oss.objects(self.staging)}


def fill(world: World, pictures: Pictures) -> None:
    """Put the pictures, and those that increment.meta cannot hold. No event tells of them."""
    for key, (data, metadata) in pictures.items():
        world.put_quietly(key, data, metadata)
    for key in LEFT:
        world.put_quietly(key, GOOD[0], {"imagesearch-crop": "false"} if key == "whole.jpg" else {})


def run_json(folder: Path) -> dict[str, Any]:
    """Return what a run remembers; nothing if it has not begun."""
    path = folder / "run.json"
    return json.loads(path.read_text(encoding="ascii")) if path.exists() else {}


def phase_of(folder: Path) -> str | None:
    return (run_json(folder).get("bulk") or {}).get("phase")


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a function that starts a cloud with so many pictures."""
    stop: list[Callable[[], None]] = []

    def make(size: int, *, with_function: bool = True, **settings: str) -> World:
        cloud = AlibabaCloud(SETTINGS | settings, bucket=SOURCE, with_function=with_function)
        cloud.start()
        stop.append(cloud.close)
        world = World(cloud, tmp_path / "state")
        fill(world, make_pictures(size))
        cloud.oss.make_bucket(world.staging)
        cloud.image_search.change_tasks(seconds=0.3)
        time.sleep(1)  # listings have whole seconds: an object of the run's first second counts as changed meanwhile
        return world

    yield make
    for close in stop:
        close()
