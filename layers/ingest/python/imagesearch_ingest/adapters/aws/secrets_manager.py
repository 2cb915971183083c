"""The access key for Alibaba Cloud, from AWS Secrets Manager."""

import threading
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SECRETS_MANAGER
from imagesearch_ingest.adapters.aws.errors import translated
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock

_READING = "reading the secret with the access key"
KEPT_SECONDS = 15 * 60  # a call of Secrets Manager for each picture would cost more than the picture's own


class SecretsManagerCredentials:
    """A ``CredentialSource`` over botocore's Secrets Manager client. Safe to be used by several threads at once.

    One that cannot be read is asked for again at the next call: nothing but a secret is kept.
    """

    def __init__(self, client: Any, secret: str, clock: Clock) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Credentials | None = None
        self._kept_until = 0.0

    def get(self, *, fresh: bool = False) -> Credentials:
        with self._lock:
            now = self._clock.monotonic()
            if fresh or self._kept is None or now >= self._kept_until:
                self._kept = self._read_or_keep(fresh=fresh)
                self._kept_until = now + KEPT_SECONDS
            return self._kept

    def _read_or_keep(self, *, fresh: bool) -> Credentials:
        """A key that was not refused is not thrown away because Secrets Manager does not answer."""
        try:
            return self._read()
        except IngestError as error:
            if fresh or self._kept is None or not error.reason.fault_class.may_pass:
                raise
            return self._kept

    def _read(self) -> Credentials:
        with translated(_READING, SECRETS_MANAGER):
            answer = self._client.get_secret_value(SecretId=self._secret)
        if "SecretString" in answer:
            return Credentials.from_secret(answer["SecretString"])
        if "SecretBinary" in answer:
            raise IngestError(Reason.CREDENTIALS, f"{_READING}: it is binary, and no text")
        # botocore takes a body that it cannot read, of a connection cut short or of a proxy, for an empty answer.
        raise IngestError(Reason.SERVICE_UNAVAILABLE, f"{_READING}: an answer that could not be read")
