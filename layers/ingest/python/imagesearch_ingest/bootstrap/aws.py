"""Build the worker of a Lambda function: S3, SQS, Secrets Manager or STS."""

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from imagesearch_ingest.adapters.alibaba_sts.assume_role import Role, RoleAssumer
from imagesearch_ingest.adapters.alibaba_sts.keyless import KeylessCredentials
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.adapters.aws.web_identity import WebIdentityTokens
from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.bootstrap.common import (
    CONNECTIONS,
    Deployment,
    SystemClock,
    build_batch,
    image_search_options,
    real_ports,
)
from imagesearch_ingest.credentials import CredentialSource, EnvironmentCredentials, LearnedCredentials
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings, given_settings
from imagesearch_ingest.settings_values import read_queue_url


def lambda_worker(environ: Mapping[str, str]) -> LambdaWorker:
    """Return the worker that the environment describes. Raise ``SettingsError``."""
    settings, redactor = Settings.from_env(environ, beyond=faults_on_aws(environ)), Redactor.from_environment(environ)
    s3, sqs = (_client(service, settings, environ) for service in ("s3", "sqs"))
    ports = real_ports(
        settings,
        environ,
        store=S3ObjectStore(s3),
        queue=SqsEventQueue(sqs, settings.queue_url) if settings.queue_url else None,
        dead_letters=SqsDeadLetterQueue(sqs, settings.dead_letter_queue_url),
        credentials=LearnedCredentials(credential_source(settings, environ, redactor), redactor),
        redactor=redactor,
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


def _client(service: str, settings: Settings, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - made at run time
    return aws_client(
        service,
        environ,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.bucket_timeout_seconds,
        connections=CONNECTIONS,
    )


def credential_source(settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> CredentialSource:
    """Return the source that the settings name: a role to assume, a secret, or else the environment's own key."""
    if settings.role_arn and settings.oidc_provider_arn:
        return _keyless_source(settings, settings.role_arn, settings.oidc_provider_arn, environ, redactor)
    if settings.credentials_secret is None:
        return EnvironmentCredentials(environ)
    client = _client("secretsmanager", settings, environ)
    return SecretsManagerCredentials(client, settings.credentials_secret, SystemClock())


def _keyless_source(
    settings: Settings, role_arn: str, provider_arn: str, environ: Mapping[str, str], redactor: Redactor
) -> CredentialSource:
    tokens = WebIdentityTokens(_client("sts", settings, environ), settings.oidc_audience)
    # STS takes 2 to 64 letters, digits and . @ - _ as the name of a session (AssumeRoleWithOIDC, RoleSessionName).
    role = Role(role_arn, provider_arn, session_name=f"{settings.stack_name}@aws"[:64])
    endpoint = settings.sts_endpoint or f"sts.{settings.instance_region}.aliyuncs.com"
    runtime = runtime_options(image_search_options(settings))
    return KeylessCredentials(tokens, RoleAssumer(endpoint, role, runtime), redactor, SystemClock())
