"""One row with the real handler in processes, the SDK over TLS, and the services of the local cloud."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from benchmarks.throughput.accounting import Log
from benchmarks.throughput.cloud import BenchCloud
from benchmarks.throughput.scenarios import (
    ROOT,
    TUTORIAL,
    TUTORIAL_RECEIVES,
    Scenario,
)
from local_cloud.runtimes.function import LocalFunction
from local_cloud.triggers.event_source import EventSource

_TUTORIAL_ROOT = ROOT / "benchmarks/throughput/tutorial"


class Invocations:
    """The function, timed from outside: from the event to the answer, including the start of its process."""

    def __init__(self, function: LocalFunction, log: Log) -> None:
        self._function = function
        self._log = log
        self.receipts: dict[str, str] = {}

    def invoke(self, event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Return the function's answer."""
        self.receipts |= {record["messageId"]: record["receiptHandle"] for record in event["Records"]}
        self._log.given_out += [record["messageId"] for record in event["Records"]]
        begun = time.time()
        try:
            return self._function.invoke(event)
        finally:
            self._log.invocations.append((begun, time.time()))


def measure(scenario: Scenario, when_ready: Callable[[], None] = lambda: None) -> Log:
    """Run the row and return its log. Call ``when_ready`` before the clock starts."""
    with BenchCloud(scenario) as cloud:
        for leg, seconds in scenario.latencies.items():
            cloud.image_search.faults.set_latency(leg, seconds)
        log = Log(uploaded=cloud.fill())
        if scenario.handler == TUTORIAL:
            cloud.redrive_after(TUTORIAL_RECEIVES)
        when_ready()
        with _running(cloud, log) as invocations:
            _wait(cloud, log)
        _count_objects(cloud, log, invocations.receipts)
        return log


@contextmanager
def _running(cloud: BenchCloud, log: Log) -> Iterator[Invocations]:
    """Run the function and its event source in the ``with`` block, and stop both at its end."""
    scenario = cloud.scenario
    root = _TUTORIAL_ROOT if scenario.handler == TUTORIAL else cloud.FUNCTION_ROOT
    function = LocalFunction(root, cloud.environ(), timeout_seconds=scenario.timeout_seconds)
    invocations = Invocations(function, log)
    source = EventSource(
        cloud.aws.client("sqs"),
        cloud.queue,
        cloud.queue_arn,
        invocations.invoke,
        concurrency=scenario.workers,
        batch_size=scenario.batch_size,
    )
    try:
        source.start()
        yield invocations
    finally:
        source.stop()
        source.join()
        function.close()


def _wait(cloud: BenchCloud, log: Log) -> None:
    """Wait until the whole backlog is in the index or the scenario's time is up."""
    begun: float | None = None
    while len(cloud.image_search.entries()) < len(log.uploaded):
        time.sleep(0.5)
        if begun is None and any(call.leg == "add" for call in cloud.image_search.calls):
            begun = time.monotonic()
        if begun is not None and time.monotonic() - begun > cloud.scenario.most_seconds:
            return


def _count_objects(cloud: BenchCloud, log: Log, receipts: Mapping[str, str]) -> None:
    log.calls = [(call.time, call.code) for call in cloud.image_search.calls if call.leg == "add"]
    names = {entry.pic_name for entry in cloud.image_search.entries()}
    log.indexed = {key for key in log.uploaded if key in names or key.rpartition("/")[2] in names}
    for receipt in receipts.values():
        try:
            cloud.sqs.change_message_visibility(QueueUrl=cloud.queue, ReceiptHandle=receipt, VisibilityTimeout=0)
        except ClientError:
            continue  # already visible or deleted
    for message in _drain(cloud, cloud.queue):
        log.waiting |= _keys(message)
    for message in _drain(cloud, cloud.dead_letter_queue):
        (log.lettered if "record_id" in message else log.redriven).update(_keys(message))


def _drain(cloud: BenchCloud, url: str) -> Iterator[dict[str, Any]]:
    while messages := cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            yield json.loads(message["Body"])


def _keys(message: Mapping[str, Any]) -> set[str]:
    """Return the keys of a notification or of a dead letter."""
    if "record_id" in message:
        return {message["source"]["key"]} if message["source"] else set()
    return {unquote_plus(record["s3"]["object"]["key"]) for record in message.get("Records", [])}
