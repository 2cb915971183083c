"""Read the access key for Alibaba Cloud from AWS Secrets Manager."""

import threading
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SECRETS_MANAGER
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock

CACHE_SECONDS = 15 * 60  # one call of Secrets Manager for each picture would cost more than the picture's own requests
_ACTION = "reading the secret with the access key"


class SecretsManagerCredentials:
    """A ``CredentialSource`` over botocore's Secrets Manager client, with a cache. Safe to be used by several threads.

    Failures are not cached: the next call reads the secret again.
    """

    def __init__(self, client: Any, secret: str, clock: Clock) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: Credentials | None = None
        self._cached_until = 0.0

    def get(self, *, fresh: bool = False) -> Credentials:
        """Return the credentials; with ``fresh``, read them past the cache."""
        with self._lock:
            now = self._clock.monotonic()
            if fresh or self._cached is None or now >= self._cached_until:
                self._cached = self._read_or_keep(fresh=fresh)
                self._cached_until = now + CACHE_SECONDS
            return self._cached

    def _read_or_keep(self, *, fresh: bool) -> Credentials:
        """Read the secret.

        Keep the cached key if Secrets Manager cannot be reached and no service has refused that key.
        """
        try:
            return self._read()
        except IngestError as error:
            if fresh or self._cached is None or error.reason is Reason.CREDENTIALS:
                raise
            return self._cached

    def _read(self) -> Credentials:
        with translate_errors(_ACTION, SECRETS_MANAGER):
            response = self._client.get_secret_value(SecretId=self._secret)
        if "SecretString" in response:
            return Credentials.from_secret(response["SecretString"])
        if "SecretBinary" in response:
            raise IngestError(Reason.CREDENTIALS, f"{_ACTION} failed: it is binary; store it as text (SecretString)")
        # If botocore cannot parse a body, such as a truncated one or a proxy's page, it returns an empty response.
        raise UNREADABLE_RESPONSE.error(_ACTION)
