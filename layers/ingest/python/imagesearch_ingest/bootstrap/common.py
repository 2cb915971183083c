"""Build the batch and the reconciler over any adapters."""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from imagesearch_ingest import __version__
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.adapters.subprocess.kernel import hide_memory
from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE, LineForm, PowertoolsReporter
from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.ports import EventQueue, Executor, P, R, Reporter
from imagesearch_ingest.batch.redelivery import SQS_RETENTION
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.bootstrap.start_line import describe_start
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.dead_letters import Origin
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue, RedactedDeadLetters
from imagesearch_ingest.pacing.clock import Clock
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.ports import ImageIndex, IsolatedPreparer, ObjectStore
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings

MAX_OBJECTS = 96  # in work at once: at 25 a second, each may take four seconds
THREADS = MAX_OBJECTS + 8  # the rest settle records
CONNECTIONS = THREADS
MAX_SOURCE_BYTES = 256 * 1024 * 1024  # of all objects in work together
ATTEMPT_SECONDS = 5.0  # an object's usual duration; with less time left, it waits for the next invocation
MEGABYTE = 1_000_000


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` seconds pass."""
        time.sleep(seconds)


class ContextThreads(ThreadPoolExecutor):
    """Threads that work in the context of their caller: with the key of its invocation (``InvocationCredentials``)."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run ``fn`` in another thread and return its future."""
        context = copy_context()
        return super().submit(lambda: context.run(fn, *args, **kwargs))


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside the library that a batch uses. ``queue`` is ``None`` where no queue can defer a record."""

    store: ObjectStore
    index: ImageIndex
    isolated: IsolatedPreparer
    queue: EventQueue | None
    dead_letters: DeadLetterQueue
    reporter: Reporter
    clock: Clock
    rng: random.Random
    executor: Executor


@dataclass(frozen=True, slots=True)
class Deployment:
    """Hold what the platform says about the function.

    ``retention`` is how long the queue that events come from keeps a message.
    """

    function_name: str
    function_version: str
    retention: timedelta = SQS_RETENTION


def build_batch(settings: Settings, ports: Ports, deployment: Deployment) -> Batch:
    """Return the batch that all invocations of a worker share."""
    return Batch(
        reconciler=build_reconciler(settings, ports),
        settler=build_settler(settings, ports, deployment),
        executor=ports.executor,
        attempt_seconds=ATTEMPT_SECONDS,
        concurrency=ConcurrencyLimit(
            settings.share_of(settings.adds_per_second) / settings.max_concurrency, MAX_OBJECTS, MAX_SOURCE_BYTES
        ),
    )


def build_reconciler(settings: Settings, ports: Ports) -> Reconciler:
    """Return what reconciles objects, at one worker's share of the rates of the settings."""
    workers = settings.max_concurrency
    adds, deletes = (
        RateLimiter(ports.clock, ports.rng, settings.share_of(rate) / workers, workers=workers)
        for rate in (settings.adds_per_second, settings.deletes_per_second)
    )
    return Reconciler(
        reader=BucketReader(
            ports.store, cloud_retrier(settings, ports), round(settings.max_source_megabytes * MEGABYTE)
        ),
        preparer=Preparer(settings.image_policy(), ports.isolated),
        writer=IndexWriter(
            index=ports.index,
            retry=Retrier(ports.clock, ports.rng, settings.connect_timeout_seconds + settings.instance_timeout_seconds),
            clock=ports.clock,
            instance_name=settings.instance_name,
            add_limiter=adds,
            delete_limiter=deletes,
        ),
        clock=ports.clock,
        rule=settings.identity_rule(),
        default_attributes=settings.default_attributes(),
        attribute_policy=settings.attribute_policy(),
        keep_removed=settings.on_removed == "keep",
        bucket=settings.bucket,
    )


def build_settler(settings: Settings, ports: Ports, deployment: Deployment) -> Settler:
    """Return what settles the records of ``deployment``."""
    return Settler(
        queue=ports.queue,
        dead_letters=ports.dead_letters,
        reporter=ports.reporter,
        retry=cloud_retrier(settings, ports),
        clock=ports.clock,
        rng=ports.rng,
        origin=Origin(
            instance=settings.instance_name,
            region=settings.instance_region,
            function_name=deployment.function_name,
            function_version=deployment.function_version,
            pipeline_fingerprint=settings.fingerprint(),
            preparation=settings.preparation_fingerprint(),
            rule=settings.rule_fingerprint(),
        ),
        retention=deployment.retention,
    )


def cloud_retrier(settings: Settings, ports: Ports) -> Retrier:
    """Return the retrier for the requests of bucket and queues."""
    return Retrier(ports.clock, ports.rng, settings.connect_timeout_seconds + settings.bucket_timeout_seconds)


def image_search_options(settings: Settings, connections: int | None = None) -> ApiOptions:
    """Return how to reach the instance. ``connections`` is as in ``ApiOptions``."""
    return ApiOptions(
        region=settings.instance_region,
        endpoint=settings.instance_endpoint,
        upload_endpoint_type=settings.upload_endpoint_type,
        https_proxy=settings.https_proxy,
        ca_bundle=settings.ca_bundle,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.instance_timeout_seconds,
        connections=connections,
    )


def real_ports(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    store: ObjectStore,
    queue: EventQueue | None,
    dead_letters: DeadLetterQueue,
    credentials: CredentialSource,
    redactor: Redactor,
    form: LineForm,
) -> Ports:
    """Return the ports of a deployed worker, log its start, and start the child while the first objects are fetched.

    ``form`` is how the cloud's log service reads metrics. ``redactor`` knows the keys that ``credentials`` returns.
    This process hides its memory before the child starts.
    """
    is_hidden, child, executor = hide_memory(), ChildProcess(environ), ContextThreads(THREADS)
    executor.submit(child.start)  # a failure is reported by the first image, which tries again
    reporter = _build_reporter(environ, redactor, settings.stack_name, form)
    reporter.started(
        describe_start(settings),
        release=__version__,
        pipeline_fingerprint=settings.fingerprint(),
        preparation=settings.preparation_fingerprint(),
        rule=settings.rule_fingerprint(),
        memory="hidden" if is_hidden else "readable by other processes of the same user",
    )
    return Ports(
        store=store,
        index=ImageSearchApi(image_search_options(settings, CONNECTIONS), credentials),
        isolated=child,
        queue=queue,
        dead_letters=RedactedDeadLetters(dead_letters, redactor),
        reporter=reporter,
        clock=SystemClock(),
        rng=random.Random(),
        executor=executor,
    )


def _build_reporter(environ: Mapping[str, str], redactor: Redactor, stack: str, form: LineForm) -> PowertoolsReporter:
    service = environ.get("POWERTOOLS_SERVICE_NAME") or SERVICE
    namespace = environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE
    return PowertoolsReporter(redactor, service=service, namespace=namespace, stack=stack, form=form)
