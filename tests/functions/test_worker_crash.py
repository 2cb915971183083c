"""A picture that crashes the process which prepares it, in the handler's worker on the local cloud."""

import gc
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.adapters.subprocess.child_process import PROGRAM, ChildProcess
from imagesearch_ingest.bootstrap.aws import lambda_worker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker
from imagesearch_ingest.events import encode_event_key
from local_cloud.clouds.aws import AwsCloud
from tests.support.pictures import jpeg

KEYS = ["p/first.jpg", "p/killer.jpg", "p/last.jpg"]
# The child process, in which one picture crashes a library.
WITH_A_FLAW = """
import sys
sys.path[:] = sys.argv[2:]
import os, signal
from imagesearch_ingest import images
whole = images.prepare
def prepare(data, policy):
    if data.endswith(b"killer"):
        os.kill(os.getpid(), signal.{how})
    return whole(data, policy)
images.prepare = prepare
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        for key in KEYS:
            cloud.upload(key, jpeg() + (b"killer" if "killer" in key else b""))
        yield cloud


@pytest.fixture
def environ(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    cloud.image_search.reset()
    return dict(cloud.environ())


@pytest.fixture
def worker(environ: dict[str, str]) -> LambdaWorker:
    return lambda_worker(environ)


def batch(receives: int = 1) -> dict[str, Any]:
    root = Path(__file__).parents[2]
    template = json.loads((root / "events/aws-sqs-object-created.json").read_text(encoding="utf-8"))["Records"][0]
    return {"Records": [_message(template, key, receives) for key in KEYS]}


def _message(template: dict[str, Any], key: str, receives: int) -> dict[str, Any]:
    notified = {"bucket": {"name": "pictures"}, "object": {"key": encode_event_key(key), "size": 1, "eTag": "e"}}
    record = {"eventVersion": "2.6", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": notified}
    attributes = template["attributes"] | {"ApproximateReceiveCount": str(receives)}
    return template | {"messageId": key, "attributes": attributes, "body": json.dumps({"Records": [record]})}


def added(cloud: AwsCloud) -> set[str]:
    return {entry.pic_name for entry in cloud.image_search.entries()}


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGKILL"])
def test_crashing_picture_is_dead_lettered(cloud: AwsCloud, worker: LambdaWorker, how: str) -> None:
    """The causes are a fault of a native library, and the kernel when memory is short."""
    before = len(cloud.dead_letters())
    with ChildProcess(program=WITH_A_FLAW.format(how=how) + PROGRAM) as child:
        reconciler = worker.batch.reconciler
        worker.batch.reconciler = replace(reconciler, preparer=replace(reconciler.preparer, isolated=child))
        answer = worker.run(batch(), seconds_left=60, request_id="request-1")
    assert answer == {"batchItemFailures": []}
    assert added(cloud) == {"p/first.jpg", "p/last.jpg"}
    (letter,) = cloud.dead_letters()[before:]
    assert (letter["code"], letter["source"]["key"], letter["receive_count"]) == ("worker_crash", "p/killer.jpg", 1)
    assert how in letter["message"]
    assert letter["index_holds"] == "previous"


def test_one_child_serves_all_invocations(cloud: AwsCloud, environ: dict[str, str]) -> None:
    gc.collect()  # collect the workers of other tests, with their children
    others = children()  # of other tests in this process
    worker = lambda_worker(environ)
    (child,) = wait_for_children(others)  # it starts with the worker, before any picture
    assert worker.run(batch(), seconds_left=60, request_id="request-1") == {"batchItemFailures": []}
    assert added(cloud) == set(KEYS)
    assert children() - others == {child}
    # If it has died by the next invocation, it is replaced, and no picture is blamed.
    os.kill(child, signal.SIGKILL)
    assert worker.run(batch(), seconds_left=60, request_id="request-2") == {"batchItemFailures": []}
    (other,) = children() - others
    assert other != child
    worker.batch.reconciler.preparer.isolated.close()
    assert children() == others


def wait_for_children(others: set[int]) -> set[int]:
    end = time.monotonic() + 30
    while not (found := children() - others) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def children() -> set[int]:
    """Return the child processes that prepare pictures."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            mine = int((path / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid()
            if mine and b"subprocess.program" in (path / "cmdline").read_bytes():
                found.add(int(path.name))
    return found
