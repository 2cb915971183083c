"""Measure the peak memory of the real handler's processes during a full batch of the largest pictures.

There is one worker with a high rate, so that only memory limits how many pictures are in work.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from benchmarks.coldstart.builds import ROOT
from benchmarks.coldstart.largest import LARGEST
from benchmarks.coldstart.process_tree import peaks_of
from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.runtimes.function import LocalFunction
from local_cloud.triggers.event_source import to_lambda_record
from local_cloud.triggers.event_stream import to_cloud_event

SETTINGS = {"INGEST_ADDS_PER_SECOND": "50", "INGEST_MAX_CONCURRENCY": "1"}
TIMEOUT_SECONDS = 600  # long enough to finish on a busy machine
MANY, QUICKEST = 28, "62 MB TIFF"  # together larger than the function's memory


class LeftError(Exception):
    """Some pictures of the batch were not added, so its memory means nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``peak_mb`` is the sum of the peaks of all processes. ``allowed_mb`` is the template's MemorySize."""

    function: str
    title: str
    peak_mb: float
    allowed_mb: int


def batches(cloud: str) -> Iterator[Batch]:
    """Yield the batches of a cloud. Raise ``LeftError``."""
    pictures = {f"shoes/{name}": draw() for name, draw in LARGEST.items()}
    yield from _on_lambda(pictures) if cloud == "aws" else _on_function_compute(pictures)


def memory_size(template: str) -> int:
    """Return the function's memory in a template, in megabytes."""
    found = re.search(r"(?i)\bmemorysize: *(\d+)", (ROOT / template).read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{template} has no MemorySize")
    return int(found[1])


def _on_lambda(pictures: dict[str, bytes]) -> Iterator[Batch]:
    yield Batch("Lambda", "the largest", _batch_on_lambda(pictures), memory_size("template.yaml"))
    many = dict.fromkeys((f"shoes/{number}" for number in range(MANY)), pictures[f"shoes/{QUICKEST}"])
    peak_mb = _batch_on_lambda(many, announced_bytes=1)
    yield Batch("Lambda", f"{MANY} large ones, announced as small", peak_mb, memory_size("template.yaml"))


def _batch_on_lambda(pictures: dict[str, bytes], announced_bytes: int | None = None) -> float:
    with AwsCloud(SETTINGS, with_function=False) as cloud:
        for key, picture in pictures.items():
            cloud.upload(key, picture)
        records = list(_records(cloud, len(pictures), announced_bytes))
        return _peak_mb(cloud, {"Records": records}, set(pictures))


def _records(cloud: AwsCloud, count: int, announced_bytes: int | None) -> Iterator[dict[str, Any]]:
    while count:
        answer = cloud.sqs.receive_message(QueueUrl=cloud.queue, AttributeNames=["All"], MaxNumberOfMessages=10)
        for message in answer["Messages"]:
            record = to_lambda_record(message, cloud.queue_arn)
            body = json.loads(record["body"])
            if "Records" not in body:  # the test event of S3
                continue
            if announced_bytes is not None:
                body["Records"][0]["s3"]["object"]["size"] = announced_bytes
            yield {**record, "body": json.dumps(body)}
            count -= 1


def _on_function_compute(pictures: dict[str, bytes]) -> Iterator[Batch]:
    with AlibabaCloud(SETTINGS, with_function=False) as cloud:
        for key, picture in pictures.items():
            cloud.upload(key, picture)
        messages = cloud.smq.queue(QUEUE).receive(16, visibility_timeout=3600)
        event = json.dumps([to_cloud_event(message, QUEUE, decoded=True) for message in messages]).encode()
        yield Batch("Function Compute", "the largest", _peak_mb(cloud, event, set(pictures)), memory_size("s.yaml"))


def _peak_mb(cloud: LocalCloud, event: Any, keys: set[str]) -> float:  # noqa: ANN401 - an event is JSON
    function = LocalFunction(
        cloud.FUNCTION_ROOT, cloud.environ(), runtime=cloud.RUNTIME, timeout_seconds=TIMEOUT_SECONDS
    )
    with closing(function), peaks_of(lambda: [process.pid for process in function.processes()]) as peaks:
        function.invoke(event)
    if left := keys - {entry.pic_name for entry in cloud.image_search.entries()}:
        raise LeftError(f"not added: {', '.join(sorted(left))}")
    return peaks.sum_mb
