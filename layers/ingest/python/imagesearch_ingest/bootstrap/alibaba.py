"""The worker of a function on Function Compute: OSS and SMQ, all with the one temporary key of the function's role."""

from collections.abc import Mapping
from typing import TypeVar

from imagesearch_ingest.adapters.alibaba_codes import EXPIRED_TOKEN_CODES
from imagesearch_ingest.adapters.oss import OssObjectStore
from imagesearch_ingest.adapters.oss_client import oss_client
from imagesearch_ingest.adapters.smq import SmqDeadLetterQueue, SmqQueue, SmqRetryQueue
from imagesearch_ingest.bootstrap.common import CONNECTIONS, Cloud, SystemClock, batch_of
from imagesearch_ingest.credentials import EnvironmentCredentials, InvocationCredentials
from imagesearch_ingest.errors import SettingsError
from imagesearch_ingest.fc_worker import FcWorker
from imagesearch_ingest.ports import CredentialSource, ObjectStore
from imagesearch_ingest.redacting import LearnedCredentials
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings, variable

Q = TypeVar("Q", bound=SmqQueue)

# What a worker was killed by is never counted there, so no picture is above suspicion (ADR 14).
_ALL_ARE_ISOLATED = 1


def fc_worker(environ: Mapping[str, str]) -> FcWorker:
    """Raises ``SettingsError``."""
    settings, clock, redactor = Settings.from_env(environ), SystemClock(), Redactor.of_environment(environ)
    own = InvocationCredentials(EnvironmentCredentials(environ))
    credentials = LearnedCredentials(own, redactor)
    cloud = Cloud(
        redactor=redactor,
        store=_store(settings, environ, credentials),
        queue=None,
        dead_letters=_queue(SmqDeadLetterQueue, "dead_letter_queue_url", settings, credentials),
        credentials=credentials,
        function_name=environ.get("FC_FUNCTION_NAME", "local"),
        function_version=environ.get("FC_FUNCTION_VERSION") or environ.get("FC_VER_ID") or "local",
        first_isolated_receive=_ALL_ARE_ISOLATED,
    )
    return FcWorker(
        batch=batch_of(settings, environ, clock, cloud),
        queue=_queue(SmqRetryQueue, "queue_url", settings, credentials) if settings.queue_url else None,
        credentials=own,
        expired_token_codes=EXPIRED_TOKEN_CODES,
        redactor=redactor,
    )


def _queue(kind: type[Q], field: str, settings: Settings, credentials: LearnedCredentials) -> Q:
    try:
        return kind(
            getattr(settings, field),
            credentials,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.fetch_timeout_seconds,
            ca_bundle=settings.ca_bundle,
        )
    except SettingsError as error:
        told = credentials.redactor.prose(str(error))
    raise SettingsError(f"{variable(field)}: {told}")  # out here, where no context remembers the URL as it was


def _store(settings: Settings, environ: Mapping[str, str], credentials: CredentialSource) -> ObjectStore:
    if settings.credentials_secret:
        raise SettingsError("INGEST_CREDENTIALS_SECRET is set. It is for AWS; here the function's role has the key.")
    region = environ.get("FC_REGION")
    if not region:
        raise SettingsError("FC_REGION is not set. The region of the bucket and the queues.")
    client = oss_client(
        credentials,
        region=region,
        endpoint=settings.bucket_endpoint,
        ca_bundle=settings.ca_bundle,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.fetch_timeout_seconds,
        connections=CONNECTIONS,
    )
    return OssObjectStore(client)
