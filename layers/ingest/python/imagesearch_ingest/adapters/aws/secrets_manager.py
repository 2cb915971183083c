"""Read the access key for Alibaba Cloud from AWS Secrets Manager."""

from typing import Any

from imagesearch_ingest.adapters.aws.codes import SECRETS_MANAGER
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.cached_credentials import CachedCredentials, Lease
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock

CACHE_SECONDS = 15 * 60  # one call of Secrets Manager for each picture would cost more than the picture's own requests
_ACTION = "reading the secret with the access key"


class SecretsManagerCredentials(CachedCredentials):
    """A ``CredentialSource`` over botocore's Secrets Manager client, with a cache."""

    def __init__(self, client: Any, secret: str, clock: Clock) -> None:  # noqa: ANN401 - made at run time
        super().__init__(self._read_secret, clock)
        self._client = client
        self._secret = secret

    def _read_secret(self) -> Lease:
        return Lease(self._read_credentials(), CACHE_SECONDS)

    def _read_credentials(self) -> Credentials:
        with translate_errors(_ACTION, SECRETS_MANAGER):
            response = self._client.get_secret_value(SecretId=self._secret)
        if "SecretString" in response:
            return Credentials.from_secret(response["SecretString"])
        if "SecretBinary" in response:
            raise IngestError(Reason.CREDENTIALS, f"{_ACTION} failed: it is binary; store it as text (SecretString)")
        # If botocore cannot parse a body, such as a truncated one or a proxy's page, it returns an empty response.
        raise UNREADABLE_RESPONSE.error(_ACTION)
