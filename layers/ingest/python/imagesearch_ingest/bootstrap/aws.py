"""Puts the worker together: the one place that knows which adapter stands behind which port."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.adapters.aws_client import aws_client
from imagesearch_ingest.adapters.child_process import ChildProcess
from imagesearch_ingest.adapters.image_search_api import ImageSearchApi
from imagesearch_ingest.adapters.s3 import MEGABYTE, S3ObjectStore
from imagesearch_ingest.adapters.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.batch import Batch
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.dead_letters import Origin
from imagesearch_ingest.ingest import Ingest
from imagesearch_ingest.ports import Clock, CredentialSource
from imagesearch_ingest.redacting import LearnedCredentials, RedactedDeadLetters
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.retrying import Retrier
from imagesearch_ingest.settings import Settings
from imagesearch_ingest.telemetry import NAMESPACE, SERVICE, PowertoolsReporter
from imagesearch_ingest.worker import LambdaWorker

THREADS = 4  # enough for the waiting of one to be the working of another; prepare holds a core
JOURNEY_SECONDS = 5.0  # what an object takes when things go well; with less left, it is left for the next invocation


class SystemClock:
    """The real one."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def lambda_worker(environ: Mapping[str, str]) -> LambdaWorker:
    """Raises ``SettingsError``. Clients are made here, once, and used by all invocations."""
    settings = Settings.from_env(environ)
    redactor = Redactor.of_environment(environ)
    clock, rng, reporter = SystemClock(), random.Random(), _reporter(environ, redactor)
    retry = Retrier(clock, rng, request_seconds=settings.connect_timeout_seconds + settings.read_timeout_seconds)
    s3, sqs = (_client(service, settings, environ) for service in ("s3", "sqs"))
    credentials = LearnedCredentials(_credential_source(settings, environ, clock), redactor)
    ingest = Ingest(
        store=S3ObjectStore(s3),
        index=ImageSearchApi(settings, credentials),
        retry=retry,
        clock=clock,
        instance_name=settings.instance_name,
        max_source_bytes=round(settings.max_source_megabytes * MEGABYTE),
        policy=settings.picture_policy(),
        rule=settings.identity_rule(),
        default_attributes=settings.default_attributes(),
        keep_removed=settings.on_removed == "keep",
        bucket=settings.bucket,
        isolated=ChildProcess(environ),
    )
    batch = Batch(
        ingest=ingest,
        queue=SqsEventQueue(sqs, settings.queue_url) if settings.queue_url else None,
        dead_letters=RedactedDeadLetters(SqsDeadLetterQueue(sqs, settings.dead_letter_queue_url), redactor),
        reporter=reporter,
        retry=retry,
        clock=clock,
        executor=ThreadPoolExecutor(THREADS),
        rng=rng,
        journey_seconds=JOURNEY_SECONDS,
        origin=Origin(
            instance=settings.instance_name,
            region=settings.instance_region,
            function_name=environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
            function_version=environ.get("AWS_LAMBDA_FUNCTION_VERSION", "local"),
            pipeline_fingerprint=settings.fingerprint(),
        ),
    )
    return LambdaWorker(batch, reporter.invocation_begins)


def _reporter(environ: Mapping[str, str], redactor: Redactor) -> PowertoolsReporter:
    service, namespace = environ.get("POWERTOOLS_SERVICE_NAME"), environ.get("POWERTOOLS_METRICS_NAMESPACE")
    return PowertoolsReporter(redactor, service=service or SERVICE, namespace=namespace or NAMESPACE)


def _client(service: str, settings: Settings, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - made at run time
    return aws_client(
        service,
        environ,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.fetch_timeout_seconds,
        connections=2 * THREADS,
    )


def _credential_source(settings: Settings, environ: Mapping[str, str], clock: Clock) -> CredentialSource:
    """A secret that the settings name counts more than what the environment happens to hold."""
    if settings.credentials_secret is None:
        return EnvironmentCredentials(environ)
    client = _client("secretsmanager", settings, environ)
    return SecretsManagerCredentials(client, settings.credentials_secret, clock)
