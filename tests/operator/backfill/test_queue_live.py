"""Uploads go first while a backfill waits, and whatever changes during a backfill ends right."""

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.triggers.event_source import EventSource
from local_cloud.triggers.event_stream import EventStream
from local_cloud.triggers.pollers import Pollers
from tests.e2e.conftest import COMMAND, clean_environ, wait_until
from tests.support.pictures import encode, jpeg, scene

pytestmark = pytest.mark.slow

WAITING, OBJECTS = 3000, 200
BAD = [b"only text", encode(scene(20, 20), "PNG"), jpeg()[:2000]]


class FastAws(AwsCloud):
    ADDS_A_SECOND = 1000


class FastAlibaba(AlibabaCloud):
    ADDS_A_SECOND = 1000


CLOUDS = [FastAws, FastAlibaba]


def url(cloud: LocalCloud) -> str:
    return "s3://pictures" if isinstance(cloud, AwsCloud) else "oss://pictures"


def start(cloud: LocalCloud, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "backfill", url(cloud), "--yes", "--json", *arguments],
        env=clean_environ(**{**cloud.environ(), "XDG_STATE_HOME": str(folder)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    summary: dict[str, Any] = json.loads(stdout.splitlines()[-1])["summary"]
    return summary


def read_by(cloud: LocalCloud, invoke: Callable[[Any], Any]) -> Pollers:
    """Return what invokes a function with the messages of the queue: two at once, with ten messages each."""
    if isinstance(cloud, AwsCloud):
        return EventSource(cloud.aws.client("sqs"), cloud.queue, cloud.queue_arn, invoke)
    assert isinstance(cloud, AlibabaCloud)
    return EventStream(cloud.smq.queue(QUEUE), invoke, cloud.options)


@pytest.mark.parametrize("kind", CLOUDS)
def test_an_upload_is_handed_out_within_one_batch(kind: type[LocalCloud], tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text("".join(f"{n:05}.jpg\n" for n in range(WAITING)), encoding="utf-8")
    batches: list[bool] = []
    lock, uploaded_at = threading.Lock(), 60

    def invoke(event: Any) -> dict[str, Any]:
        with lock:
            batches.append("live.jpg" in (event.decode() if isinstance(event, bytes) else json.dumps(event)))
            if len(batches) == uploaded_at:
                cloud.upload("live.jpg", jpeg())
        return {"batchItemFailures": []}

    with kind({"INGEST_BUCKET": "pictures"}, with_function=False) as cloud:
        assert finish(start(cloud, tmp_path, "--keys-from", str(keys)))["sent"] == WAITING
        pollers = read_by(cloud, invoke)
        pollers.start()
        wait_until(lambda: any(batches), seconds=50)
        pollers.stop()
        pollers.join()
    # Two batches may be on their way when it arrives: its own is the next.
    assert batches.index(True) + 1 <= uploaded_at + 3
    assert len(batches) < WAITING // 10


@contextmanager
def without_events(cloud: LocalCloud) -> Iterator[None]:
    """Let uploads pass unnoticed, as those from before the deployment did."""
    if isinstance(cloud, AwsCloud):
        bucket = {"Bucket": cloud.bucket}
        known = cloud.s3.get_bucket_notification_configuration(**bucket)
        cloud.s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration={})
        yield
        kept = {"QueueConfigurations": known["QueueConfigurations"]}
        cloud.s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration=kept)
        return
    assert isinstance(cloud, AlibabaCloud)
    notify, cloud.oss.on_event = cloud.oss.on_event, lambda _: None
    yield
    cloud.oss.on_event = notify


def is_idle(cloud: LocalCloud) -> bool:
    if isinstance(cloud, AwsCloud):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = cloud.sqs.get_queue_attributes(QueueUrl=cloud.queue, AttributeNames=names)["Attributes"]
        return set(found.values()) == {"0"}
    assert isinstance(cloud, AlibabaCloud)
    return not cloud.smq.messages(QUEUE)


@pytest.mark.parametrize("kind", CLOUDS)
def test_what_changes_during_a_backfill_that_is_killed_ends_right(kind: type[LocalCloud], tmp_path: Path) -> None:
    rng = random.Random(1)
    contents = {f"shoes/{n:03}.jpg": BAD[n % 3] if n % 33 == 16 else jpeg() for n in range(OBJECTS)}
    with kind({"INGEST_BUCKET": "pictures", "INGEST_ADDS_PER_SECOND": "1000"}) as cloud:
        with without_events(cloud):
            for key, data in {**contents, "Thumbs.db": b"x"}.items():
                cloud.upload(key, data)
        process = start(cloud, tmp_path, "--state", str(tmp_path / "run"))
        journal = tmp_path / "run" / "journal.jsonl"
        wait_until(lambda: process.poll() is not None or (journal.exists() and journal.stat().st_size))
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        again = start(cloud, tmp_path, "--resume", str(tmp_path / "run"))
        for key in rng.sample(sorted(contents), 15):
            del contents[key]
            cloud.remove(key)
        changed = dict.fromkeys([*rng.sample(sorted(contents), 15), "new/1.jpg"], jpeg(300, 240))
        for key, data in changed.items():
            cloud.upload(key, data)
        contents |= changed
        summary = finish(again)
        assert summary["sent"] + summary["skipped"] == summary["listed"]
        wait_until(lambda: is_idle(cloud), seconds=60)
        indexed = {entry.pic_name: entry.picture for entry in cloud.image_search.entries()}
        letters = {letter["source"]["key"] for letter in cloud.dead_letters()}
    assert indexed == {key: data for key, data in contents.items() if data not in BAD}
    assert letters >= {key for key, data in contents.items() if data in BAD}
