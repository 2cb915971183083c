"""Two deployments share one instance: each keeps to its share, and together they use the whole rate.

What the local Image Search received is counted. Only the upper bounds must hold on any machine; the lower ones leave room
for one that is busy.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.e2e.conftest import wait_until
from tests.support import emf
from tests.support.pictures import jpeg

pytestmark = pytest.mark.slow

FIRST, SECOND = 33, 67  # percent


@dataclass
class Stack:
    """A deployment that takes one folder of the bucket. ``log`` is what its function writes."""

    cloud: LocalCloud
    folder: str
    percent: int
    log: list[dict[str, Any]] = field(default_factory=list)

    def read(self, line: str) -> None:
        if line.startswith("{"):
            self.log.append(json.loads(line))

    def added(self) -> set[str]:
        lines = [line for line in list(self.log) if line.get("message") == "object"]
        return {line["key"] for line in lines if line["outcome"] == "added"}

    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in list(self.log) if "_aws" in line]


def deploy(kind: type[LocalCloud], rate: int, stack: ExitStack) -> list[Stack]:
    """Deploy two stacks on one bucket and one instance."""
    made: list[Stack] = []
    for folder, percent in (("a", FIRST), ("b", SECOND)):
        new = Stack.__new__(Stack)
        settings = {
            "INGEST_INSTANCE_NAME": "shared",
            "INGEST_INCLUDE": f"{folder}/",
            "INGEST_ADDS_PER_SECOND": str(rate),
            "INGEST_RATE_SHARE_PERCENT": str(percent),
        }
        beside = made[0].cloud if made else None
        cloud = kind(settings, name=f"stack-{folder}", beside=beside, on_log=new.read)
        new.__init__(cloud, folder, percent)
        stack.enter_context(cloud)
        made.append(new)
    return made


def upload(stacks: list[Stack], pictures: int) -> None:
    for number in range(pictures):
        for stack in stacks:
            stack.cloud.upload(f"{stack.folder}/{number}/x.jpg", jpeg())
    wait_until(lambda: all(stack.added() for stack in stacks), 60)


@pytest.mark.parametrize(
    ("kind", "rate", "seconds"), [(AwsCloud, 5, 15), (AwsCloud, 1, 20), (AlibabaCloud, 5, 15)]
)
def test_shares_add_up_to_the_rate(kind: type[LocalCloud], rate: int, seconds: int) -> None:
    with ExitStack() as stack:
        stacks = deploy(kind, rate, stack)
        service = stacks[0].cloud.image_search
        upload(stacks, 20 * rate)
        begin, before = time.time(), [len(stack.added()) for stack in stacks]
        time.sleep(seconds)
        end, after = time.time(), [len(stack.added()) for stack in stacks]
        calls = [call for call in service.calls if call.leg == "add" and begin <= call.time < end]
    done = [late - early for late, early in zip(after, before, strict=True)]
    print(kind, rate, end-begin, len(calls), [c.code for c in calls if c.code != "OK"], done)
