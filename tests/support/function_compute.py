"""The handler of Function Compute in this process on the local cloud, with a queue whose clock a test sets."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.clouds.alibaba import DEAD_LETTER_QUEUE, QUEUE, AlibabaCloud
from local_cloud.triggers.event_stream import to_cloud_event
from tests.support.handler_module import HandlerModule

ROOT = Path(__file__).parents[2]
KEYS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
_ALL_VISIBLE_SECONDS = 13 * 3600  # longer than any delay, shorter than the retention


class QuickCloud(AlibabaCloud):
    """A local cloud with a quota so high that nothing waits for it."""

    ADDS_A_SECOND = 1000


class ProcessEndedError(BaseException):
    """Raised instead of calling ``os._exit``. No ``except Exception`` catches it."""


class Clock:
    """The clock of a queue: the current time plus ``ahead`` seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def context(timeout: float = 60, **fields: Any) -> SimpleNamespace:
    """Return a context as the python3.12 runtime makes it: without credentials, unless they are given."""
    return SimpleNamespace(request_id="request-1", function=SimpleNamespace(timeout=timeout), **fields)


class Function(HandlerModule):
    """A worker after a cold start, in the environment that the local cloud recommends."""

    PATH = "ingest_oss/index.py"

    def __init__(self, cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
        self.cloud = cloud
        super().__init__(monkeypatch)
        monkeypatch.setattr("os._exit", _end)
        clear(cloud)
        self.clock = cloud.smq.queue(QUEUE).clock = Clock()
        self.start(**cloud.environ() | variables)

    def __call__(self, event: object, timeout: float = 60, **fields: Any) -> None:
        payload = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        assert self.module.handler(payload, context(timeout, **fields)) is None

    def run_queue(self, timeout: float = 60) -> int:
        """Handle the visible messages as a stream does, and return how many there were."""
        queue = self.cloud.smq.queue(QUEUE)
        messages = queue.receive(16)
        if messages:
            self([to_cloud_event(message, QUEUE, decoded=True) for message in messages], timeout)
        for message in messages:
            queue.delete(message.receipt)
        return len(messages)

    def waiting(self) -> list[dict[str, Any]]:
        """Return the messages of the queue, visible or not."""
        return [json.loads(message.text) for message in self.cloud.smq.messages(QUEUE)]

    def delays(self) -> list[int]:
        return [round(message.visible_at - message.enqueued_at) for message in self.cloud.smq.messages(QUEUE)]

    def pic_names(self) -> list[str]:
        return [entry.pic_name for entry in self.cloud.image_search.entries()]

    def letters(self) -> list[dict[str, Any]]:
        return self.cloud.dead_letters()


def clear(cloud: AlibabaCloud) -> None:
    """Empty the queues, the bucket and the index, and remove all faults."""
    cloud.oss.reset()
    cloud.oss.make_bucket(cloud.bucket)
    cloud.image_search.reset()
    cloud.smq.faults.clear()
    for name in (QUEUE, DEAD_LETTER_QUEUE):
        cloud.smq.queue(name).clock = time.time
        empty(cloud, name)


def empty(cloud: AlibabaCloud, name: str = QUEUE) -> None:
    queue = cloud.smq.queue(name)
    clock, queue.clock = queue.clock, lambda: time.time() + _ALL_VISIBLE_SECONDS
    while messages := queue.receive(16, visibility_timeout=60):
        for message in messages:
            queue.delete(message.receipt)
    queue.clock = clock


def outcome_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("message") == "object"]


def _end(code: int) -> None:
    raise ProcessEndedError(code)
