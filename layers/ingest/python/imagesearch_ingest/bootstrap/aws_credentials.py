"""Choose the source of the access key on AWS: a role to assume, a secret, or the environment.

A client is made only for the source that the settings name.
"""

from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.adapters.alibaba_sts.assume_role import Role, RoleAssumer
from imagesearch_ingest.adapters.alibaba_sts.keyless import KeylessCredentials
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.aws.web_identity import WebIdentityTokens
from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.bootstrap.common import CONNECTIONS, SystemClock, image_search_options
from imagesearch_ingest.credentials import CredentialSource, EnvironmentCredentials
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings


def service_client(service: str, settings: Settings, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - made at run time
    """Return a client with the timeouts of the settings. Raise ``SettingsError``."""
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
    client = service_client("secretsmanager", settings, environ)
    return SecretsManagerCredentials(client, settings.credentials_secret, SystemClock())


def _keyless_source(
    settings: Settings, role_arn: str, provider_arn: str, environ: Mapping[str, str], redactor: Redactor
) -> CredentialSource:
    tokens = WebIdentityTokens(service_client("sts", settings, environ), settings.oidc_audience)
    # STS takes 2 to 64 letters, digits and . @ - _ as the name of a session (AssumeRoleWithOIDC, RoleSessionName).
    role = Role(role_arn, provider_arn, session_name=f"{settings.stack_name}@aws"[:64])
    endpoint = settings.sts_endpoint or f"sts.{settings.instance_region}.aliyuncs.com"
    # The options of Image Search: with them the SDK uses one TLS context for both, which takes 50 ms to make.
    runtime = runtime_options(image_search_options(settings, CONNECTIONS))
    return KeylessCredentials(tokens, RoleAssumer(endpoint, role, runtime), redactor, SystemClock())
