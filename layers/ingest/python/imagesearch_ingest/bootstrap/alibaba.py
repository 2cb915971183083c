"""Build the worker of a Function Compute function: OSS and SMQ, all with the temporary key of the function's role."""

from collections.abc import Mapping
from typing import TypeVar

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.alibaba.oss_codes import EXPIRED_TOKEN_CODES
from imagesearch_ingest.adapters.alibaba.smq import MAX_TEXT_BYTES, SmqDeadLetterQueue, SmqQueue, SmqRetryQueue
from imagesearch_ingest.adapters.telemetry import plain
from imagesearch_ingest.batch.redelivery import SMQ_RETENTION
from imagesearch_ingest.bootstrap.alibaba_settings import REGION, faults_on_alibaba
from imagesearch_ingest.bootstrap.common import CONNECTIONS, Deployment, build_batch, cloud_retrier, real_ports
from imagesearch_ingest.credentials import (
    CredentialSource,
    EnvironmentCredentials,
    InvocationCredentials,
    LearnedCredentials,
)
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings

Q = TypeVar("Q", bound=SmqQueue)


def fc_worker(environ: Mapping[str, str]) -> FcWorker:
    """Return the worker that the environment describes. Raise ``SettingsError``."""
    settings = Settings.from_env(environ, beyond=faults_on_alibaba(environ))
    redactor = Redactor.from_environment(environ)
    own = InvocationCredentials(EnvironmentCredentials(environ))
    credentials = LearnedCredentials(own, redactor)
    ports = real_ports(
        settings,
        environ,
        store=_build_store(settings, environ[REGION], credentials),
        queue=None,
        dead_letters=_build_queue(SmqDeadLetterQueue, settings.dead_letter_queue_url, settings, credentials),
        credentials=credentials,
        redactor=redactor,
        form=plain,
    )
    deployment = Deployment(
        function_name=environ.get("FC_FUNCTION_NAME", "local"),
        function_version=environ.get("FC_FUNCTION_VERSION") or environ.get("FC_VER_ID") or "local",
        retention=SMQ_RETENTION,
    )
    return FcWorker(
        batch=build_batch(settings, ports, deployment),
        queue=_build_queue(SmqRetryQueue, settings.queue_url, settings, credentials) if settings.queue_url else None,
        clock=ports.clock,
        retry=cloud_retrier(settings, ports),
        executor=ports.executor,
        credentials=own,
        expired_token_codes=EXPIRED_TOKEN_CODES,
        redactor=redactor,
        max_message_bytes=MAX_TEXT_BYTES,
    )


def _build_queue(kind: type[Q], url: str, settings: Settings, credentials: LearnedCredentials) -> Q:
    return kind(
        url,
        credentials,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.bucket_timeout_seconds,
        ca_bundle=settings.ca_bundle,
    )


def _build_store(settings: Settings, region: str, credentials: CredentialSource) -> ObjectStore:
    client = oss_client(
        credentials,
        region=region,
        endpoint=settings.bucket_endpoint,
        ca_bundle=settings.ca_bundle,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.bucket_timeout_seconds,
        connections=CONNECTIONS,
    )
    return OssObjectStore(client)
