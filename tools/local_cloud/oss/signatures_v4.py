"""Signatures of version 4, OSS4-HMAC-SHA256, in a header or in the URL.

Sources: OSS, "Include a V4 signature in the header of a request" and "Include a V4 signature in a URL". The payload is
never signed: the documented value of x-oss-content-sha256 is UNSIGNED-PAYLOAD.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from local_cloud.oss.addressing import parse_parameters, parse_place
from local_cloud.oss.errors import OssError, wrong_scope_error
from local_cloud.oss.signatures_v1 import HEADER_ENCODINGS
from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS
from local_cloud.server.wire import Request

ALGORITHM = "OSS4-HMAC-SHA256"
PAYLOAD = "UNSIGNED-PAYLOAD"
LONGEST_SECONDS = 7 * 24 * 3600  # how long a signed URL may be valid
PARAMETERS = {
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
}
_ALWAYS_SIGNED = {"content-type", "content-md5"}
_CREDENTIAL = re.compile(r"(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<product>[^/]+)/(?P<request>[^/]+)")


@dataclass(frozen=True)
class ClaimV4:
    """What a request says about its signature. ``lifetime`` is set for a signed URL, in seconds."""

    request: Request
    scope: re.Match[str]
    additional: Sequence[str]
    signature: str
    token: str | None
    date: str
    lifetime: int | None = None

    @property
    def access_key_id(self) -> str:
        return self.scope["key"]

    def check_scope(self, region: str) -> None:
        for part, value in {"region": region, "product": "oss", "request": "aliyun_v4_request"}.items():
            if self.scope[part] != value:
                raise wrong_scope_error(part)

    def check_time(self, now: float) -> None:
        try:
            sent = datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise OssError("AccessDenied", "x-oss-date is missing or malformed.") from None
        if self.lifetime is not None and now > sent + self.lifetime:
            raise OssError("AccessDenied", "Request has expired.")
        if sent - now > MAX_CLOCK_SKEW_SECONDS or (self.lifetime is None and now - sent > MAX_CLOCK_SKEW_SECONDS):
            raise OssError("RequestTimeTooSkewed")
        if not self.date.startswith(self.scope["date"]):
            raise wrong_scope_error("date")

    def check_signature(self, secret: str) -> None:
        texts = [self._build_string_to_sign(encoding) for encoding in HEADER_ENCODINGS]
        if not any(hmac.compare_digest(self._sign(text, secret), self.signature.encode()) for text in texts):
            raise OssError("SignatureDoesNotMatch", elements={"StringToSign": texts[0]})

    def _build_string_to_sign(self, encoding: str) -> str:
        canonical = build_canonical_request(self.request, self.additional).encode(encoding)
        return f"{ALGORITHM}\n{self.date}\n{self._scope}\n{hashlib.sha256(canonical).hexdigest()}"

    def _sign(self, text: str, secret: str) -> bytes:
        key = f"aliyun_v4{secret}".encode()
        for part in (*self._scope.split("/"), text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex().encode()

    @property
    def _scope(self) -> str:
        return self.scope[0].partition("/")[2]


def read_header(request: Request, authorization: str) -> ClaimV4:
    """Read ``Credential=..., AdditionalHeaders=..., Signature=...``, in any order."""
    parts = dict(part.strip().partition("=")[::2] for part in authorization.removeprefix(ALGORITHM).split(","))
    scope = _CREDENTIAL.fullmatch(parts.pop("Credential", ""))
    signature, additional = parts.pop("Signature", ""), parts.pop("AdditionalHeaders", "")
    if scope is None or not signature or parts or request.headers.get("x-oss-content-sha256") != PAYLOAD:
        raise OssError("InvalidArgument", "Authorization header is invalid.")
    token, date = request.headers.get("x-oss-security-token"), request.headers.get("x-oss-date", "")
    return ClaimV4(request, scope, _split(additional), signature, token, date)


def read_parameters(request: Request, parameters: Mapping[str, str]) -> ClaimV4:
    """Read the signature in a URL."""
    scope = _CREDENTIAL.fullmatch(parameters.get("x-oss-credential", ""))
    lifetime, version = parameters.get("x-oss-expires", ""), parameters.get("x-oss-signature-version")
    if scope is None or version != ALGORITHM or not parameters.get("x-oss-signature"):
        raise OssError("InvalidArgument", "The signature in the URL is invalid.")
    if not (lifetime.isascii() and lifetime.isdecimal()) or not 0 < int(lifetime) <= LONGEST_SECONDS:
        raise OssError("InvalidArgument", f"x-oss-expires is {lifetime!r}; 1 to {LONGEST_SECONDS} are allowed.")
    return ClaimV4(
        request,
        scope,
        _split(parameters.get("x-oss-additional-headers", "")),
        parameters["x-oss-signature"],
        parameters.get("x-oss-security-token"),
        parameters.get("x-oss-date", ""),
        int(lifetime),
    )


def build_canonical_request(request: Request, additional: Sequence[str]) -> str:
    headers = "".join(
        f"{name}:{value.strip()}\n"
        for name, value in sorted(request.headers.items())
        if name.startswith("x-oss-") or name in _ALWAYS_SIGNED or name in additional
    )
    # Sorted by the encoded names. An empty value has no equals sign.
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in _signed_parameters(request))
    query = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    path = quote(parse_place(request).resource, safe="/", errors="surrogateescape")
    return "\n".join([request.method, path, query, headers, ";".join(additional), PAYLOAD])


def _signed_parameters(request: Request) -> list[tuple[str, str]]:
    return [pair for pair in parse_parameters(request).items() if pair[0] != "x-oss-signature"]


def _split(additional: str) -> list[str]:
    return additional.lower().split(";") if additional else []
