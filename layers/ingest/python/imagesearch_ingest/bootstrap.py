"""Puts the worker together: the one place that knows which adapter stands behind which port."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.adapters.aws_client import aws_client
from imagesearch_ingest.adapters.image_search_api import ImageSearchApi, client_for
from imagesearch_ingest.adapters.s3 import MEGABYTE, S3ObjectStore
from imagesearch_ingest.adapters.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.batch import Batch
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.events import parse_sqs_batch
from imagesearch_ingest.images import Limits
from imagesearch_ingest.ingest import Ingest
from imagesearch_ingest.retrying import Deadline, Retrier
from imagesearch_ingest.settings import Settings
from imagesearch_ingest.telemetry import PowertoolsReporter

THREADS = 4  # enough for the waiting of one to be the working of another; prepare holds a core
JOURNEY_SECONDS = 5.0  # what an object takes when things go well; with less left, it is left for the next invocation
SETTLING_SECONDS = 2.0  # kept back of an invocation's time for the queue's answers


class SystemClock:
    """The real one."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class SqsWorker:
    """What a Lambda function behind an SQS queue does with a batch."""

    batch: Batch
    reporter: PowertoolsReporter

    def run(self, event: Mapping[str, Any], *, seconds_left: float, request_id: str) -> dict[str, Any]:
        """Returns the partial batch response: the messages that stay in the queue."""
        self.reporter.invocation_begins(request_id)
        deadline = Deadline.after(self.batch.clock, seconds_left - SETTLING_SECONDS)
        handed_back = self.batch.run(parse_sqs_batch(event), deadline)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in handed_back]}


def sqs_worker(environ: Mapping[str, str]) -> SqsWorker:
    """Raises ``SettingsError``. Clients are made here, once, and used by all invocations."""
    settings = Settings.from_env(environ)
    clock, rng, reporter = SystemClock(), random.Random(), PowertoolsReporter()
    retry = Retrier(clock, rng, call_seconds=settings.connect_timeout_seconds + settings.read_timeout_seconds)
    s3, sqs = (
        aws_client(
            service,
            environ,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.fetch_timeout_seconds,
            connections=2 * THREADS,
        )
        for service in ("s3", "sqs")
    )
    ingest = Ingest(
        store=S3ObjectStore(s3),
        index=ImageSearchApi(*client_for(settings, Credentials.from_env(environ))),
        retry=retry,
        clock=clock,
        instance_name=settings.instance_name,
        max_source_bytes=round(settings.max_source_megabytes * MEGABYTE),
        limits=Limits(max_megapixels=settings.max_source_megapixels),
    )
    batch = Batch(
        ingest=ingest,
        queue=SqsEventQueue(sqs, settings.queue_url),
        dead_letters=SqsDeadLetterQueue(sqs, settings.dead_letter_queue_url),
        reporter=reporter,
        retry=retry,
        clock=clock,
        executor=ThreadPoolExecutor(THREADS),
        rng=rng,
        journey_seconds=JOURNEY_SECONDS,
    )
    return SqsWorker(batch, reporter)
