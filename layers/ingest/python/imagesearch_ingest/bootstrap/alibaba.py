"""Build the worker of a Function Compute function: OSS and SMQ, all with the temporary key of the function's role."""

from collections.abc import Mapping

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_codes import EXPIRED_TOKEN_CODES
from imagesearch_ingest.adapters.alibaba.smq import MAX_TEXT_BYTES, SmqDeadLetterQueue, SmqRetryQueue
from imagesearch_ingest.adapters.telemetry import plain
from imagesearch_ingest.batch.redelivery import SMQ_RETENTION
from imagesearch_ingest.bootstrap.alibaba_clients import build_bucket_client, build_queue
from imagesearch_ingest.bootstrap.alibaba_settings import REGION, faults_on_alibaba
from imagesearch_ingest.bootstrap.common import Deployment, build_batch, cloud_retrier, real_ports
from imagesearch_ingest.credentials import (
    EnvironmentCredentials,
    InvocationCredentials,
    LearnedCredentials,
)
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings


def fc_worker(environ: Mapping[str, str]) -> FcWorker:
    """Return the worker that the environment describes. Raise ``SettingsError``."""
    settings = Settings.from_env(environ, beyond=faults_on_alibaba(environ))
    redactor = Redactor.from_environment(environ)
    own = InvocationCredentials(EnvironmentCredentials(environ))
    credentials = LearnedCredentials(own, redactor)
    ports = real_ports(
        settings,
        environ,
        store=OssObjectStore(build_bucket_client(settings, environ[REGION], credentials)),
        queue=None,
        dead_letters=build_queue(SmqDeadLetterQueue, settings.dead_letter_queue_url, settings, credentials),
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
        queue=build_queue(SmqRetryQueue, settings.queue_url, settings, credentials) if settings.queue_url else None,
        clock=ports.clock,
        retry=cloud_retrier(settings, ports),
        executor=ports.executor,
        credentials=own,
        expired_token_codes=EXPIRED_TOKEN_CODES,
        redactor=redactor,
        max_message_bytes=MAX_TEXT_BYTES,
    )
