"""The journey and its batch, over whichever adapters."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE, PowertoolsReporter
from imagesearch_ingest.batch.batch import FIRST_ISOLATED_RECEIVE, Batch
from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.ports import EventQueue
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.dead_letters import Origin
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue, RedactedDeadLetters
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings

MAX_OBJECTS = 96  # objects; at 25 a second, they may take four seconds each
THREADS = MAX_OBJECTS + 8  # these settle records
CONNECTIONS = THREADS
MAX_SOURCE_BYTES = 256 * 1024 * 1024
ATTEMPT_SECONDS = 5.0  # what an object takes when things go well; with less left, it is left for the next invocation
MEGABYTE = 1_000_000


class SystemClock:
    """The real one."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Cloud:
    """What differs from one cloud to the other. ``credentials`` are Alibaba Cloud's, and known to ``redactor``."""

    redactor: Redactor
    store: ObjectStore
    queue: EventQueue | None
    dead_letters: DeadLetterQueue
    credentials: CredentialSource
    function_name: str
    function_version: str
    first_isolated_receive: int = FIRST_ISOLATED_RECEIVE


def batch_of(settings: Settings, environ: Mapping[str, str], clock: SystemClock, cloud: Cloud) -> Batch:
    """Everything is made here, once, and used by all invocations."""
    rng = random.Random()
    workers = settings.max_concurrency
    connect, read = settings.connect_timeout_seconds, settings.instance_timeout_seconds
    retry_cloud = Retrier(clock, rng, request_seconds=connect + settings.bucket_timeout_seconds)  # bucket and queues
    return Batch(
        reconciler=Reconciler(
            reader=BucketReader(cloud.store, retry_cloud, round(settings.max_source_megabytes * MEGABYTE)),
            index=ImageSearchApi(settings, cloud.credentials, CONNECTIONS),
            retry=Retrier(clock, rng, request_seconds=connect + read),
            clock=clock,
            instance_name=settings.instance_name,
            add_limiter=RateLimiter(clock, rng, settings.adds_per_second / workers, workers=workers),
            delete_limiter=RateLimiter(clock, rng, settings.deletes_per_second / workers, workers=workers),
            policy=settings.picture_policy(),
            rule=settings.identity_rule(),
            default_attributes=settings.default_attributes(),
            keep_removed=settings.on_removed == "keep",
            bucket=settings.bucket,
            isolated=ChildProcess(environ),
        ),
        settler=Settler(
            queue=cloud.queue,
            dead_letters=RedactedDeadLetters(cloud.dead_letters, cloud.redactor),
            reporter=_reporter(environ, cloud.redactor),
            retry=retry_cloud,
            clock=clock,
            rng=rng,
            origin=Origin(
                instance=settings.instance_name,
                region=settings.instance_region,
                function_name=cloud.function_name,
                function_version=cloud.function_version,
                pipeline_fingerprint=settings.fingerprint(),
            ),
        ),
        executor=ThreadPoolExecutor(THREADS),
        attempt_seconds=ATTEMPT_SECONDS,
        concurrency=ConcurrencyLimit(
            settings.adds_per_second / settings.max_concurrency, MAX_OBJECTS, MAX_SOURCE_BYTES
        ),
        first_isolated_receive=cloud.first_isolated_receive,
    )


def _reporter(environ: Mapping[str, str], redactor: Redactor) -> PowertoolsReporter:
    service, namespace = environ.get("POWERTOOLS_SERVICE_NAME"), environ.get("POWERTOOLS_METRICS_NAMESPACE")
    return PowertoolsReporter(redactor, service=service or SERVICE, namespace=namespace or NAMESPACE)
