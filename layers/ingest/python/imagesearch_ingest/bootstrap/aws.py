"""Build the worker of a Lambda function: S3, SQS, and a source of access keys."""

import random
from collections.abc import Mapping
from contextlib import suppress

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.adapters.telemetry import embedded
from imagesearch_ingest.bootstrap.aws_credentials import credential_source, service_client
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.bootstrap.common import Deployment, SystemClock, build_batch, real_ports
from imagesearch_ingest.credentials import LearnedCredentials
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings, given_settings
from imagesearch_ingest.settings_values import read_queue_url


def lambda_worker(environ: Mapping[str, str]) -> LambdaWorker:
    """Return the worker that the environment describes. Raise ``SettingsError``."""
    settings, redactor = Settings.from_env(environ, beyond=faults_on_aws(environ)), Redactor.from_environment(environ)
    s3, sqs = (service_client(service, settings, environ) for service in ("s3", "sqs"))
    ports = real_ports(
        settings,
        environ,
        store=S3ObjectStore(s3),
        queue=SqsEventQueue(sqs, settings.queue_url) if settings.queue_url else None,
        dead_letters=SqsDeadLetterQueue(sqs, settings.dead_letter_queue_url),
        credentials=LearnedCredentials(credential_source(settings, environ, redactor), redactor),
        redactor=redactor,
        form=embedded,
    )
    deployment = Deployment(
        function_name=environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
        function_version=environ.get("AWS_LAMBDA_FUNCTION_VERSION", "local"),
    )
    return LambdaWorker(build_batch(settings, ports, deployment), ports.clock)


def misconfigured_worker(environ: Mapping[str, str], fault: SettingsError) -> MisconfiguredWorker:
    """Return the worker for invalid settings. It defers records if at least the queue and the region are valid."""
    queue, text = None, given_settings(environ).get("queue_url")
    with suppress(SettingsError, ValueError):
        queue = SqsEventQueue(aws_client("sqs", environ), read_queue_url(text.strip())) if text else None
    return MisconfiguredWorker(fault, queue, SystemClock(), random.Random())
