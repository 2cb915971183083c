"""Verify ACS3-HMAC-SHA256 signatures (Alibaba Cloud, "V3 request body & signature mechanism").

The API gateway checks them for all its services. The order of the checks is not documented.
"""

import hashlib
import hmac
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS, Credentials
from local_cloud.server.errors import ServiceError
from local_cloud.server.wire import Request

ALGORITHM = "ACS3-HMAC-SHA256"
MUST_BE_SIGNED = {
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
}
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class TemporaryKey(Protocol):
    """A key that STS has issued. ``expires`` is in seconds since 1970."""

    @property
    def credentials(self) -> Credentials: ...
    @property
    def expires(self) -> float: ...


FindKey = Callable[[str], TemporaryKey | None]


class Acs3Verifier(ABC):
    """Accept one key of the account, and the temporary keys that ``find_key`` finds by their IDs, until they expire."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self.find_key: FindKey = lambda _: None
        self._credentials = credentials
        self._clock = clock
        self._nonces: dict[str, float] = {}
        self._lock = threading.Lock()

    def verify(self, request: Request) -> None:
        """Raise the service's error unless the request is fresh and signed with the accepted key."""
        found = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            raise self.refuse("IncompleteSignature", f"An Authorization header with {ALGORITHM} is required.")
        signed_headers = found["headers"].split(";")
        self._check_complete(request, signed_headers)
        key = self._find(found["key"], request.headers.get("x-acs-security-token"))
        self._check_time(request.headers["x-acs-date"])
        self._check_signature(request, signed_headers, found["signature"], key.access_key_secret)
        self._check_nonce(request.headers["x-acs-signature-nonce"])

    @abstractmethod
    def refuse(self, code: str, detail: str = "") -> ServiceError:
        """Return the service's error with this code of the gateway."""

    def _find(self, key_id: str, token: str | None) -> Credentials:
        """Return the key of this ID. Raise an error if it does not exist, has another token or has expired."""
        temporary = self.find_key(key_id)
        key = temporary.credentials if temporary else self._credentials
        if key_id != key.access_key_id:
            raise self.refuse("InvalidAccessKeyId.NotFound")
        if token != key.security_token:
            code = "MissingSecurityToken" if token is None else "InvalidSecurityToken.MismatchWithAccessKey"
            raise self.refuse(code)
        if temporary and temporary.expires <= self._clock():
            raise self.refuse("InvalidSecurityToken.Expired")
        return key

    def _check_time(self, date: str) -> None:
        try:
            sent = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise self.refuse("InvalidTimeStamp.Format") from None
        if abs(self._clock() - sent) > MAX_CLOCK_SKEW_SECONDS:
            raise self.refuse("InvalidTimeStamp.Expired")

    def _check_nonce(self, nonce: str) -> None:
        now = self._clock()
        with self._lock:
            # A nonce is remembered as long as a request that carries it can be fresh.
            while self._nonces and now - next(iter(self._nonces.values())) > 2 * MAX_CLOCK_SKEW_SECONDS:
                del self._nonces[next(iter(self._nonces))]
            if nonce in self._nonces:
                raise self.refuse("SignatureNonceUsed")
            self._nonces[nonce] = now

    def _check_signature(self, request: Request, signed_headers: Sequence[str], signature: str, secret: str) -> None:
        payload = hashlib.sha256(request.body).hexdigest()
        if not hmac.compare_digest(payload, request.headers["x-acs-content-sha256"]):
            raise self.refuse("SignatureDoesNotMatch", "x-acs-content-sha256 does not match the body.")
        canonical = build_canonical_request(request, signed_headers, payload)
        if not hmac.compare_digest(sign(canonical, secret), signature):
            raise self.refuse("SignatureDoesNotMatch", f"server string to sign is:{canonical!r}")

    def _check_complete(self, request: Request, signed_headers: Sequence[str]) -> None:
        missing = MUST_BE_SIGNED - set(signed_headers) | (set(signed_headers) - request.headers.keys())
        if missing:
            raise self.refuse("IncompleteSignature", f"Not sent or not signed: {', '.join(sorted(missing))}.")


def build_canonical_request(request: Request, signed_headers: Sequence[str], payload: str) -> str:
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(request.query))
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed_headers)
    return "\n".join([request.method, request.path, query, headers, ";".join(signed_headers), payload])


def sign(canonical: str, secret: str) -> str:
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
