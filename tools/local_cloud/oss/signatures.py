"""Verify OSS4-HMAC-SHA256 signatures (OSS, "Include a V4 signature in the header of a request").

The payload is never signed: the documented value of x-oss-content-sha256 is UNSIGNED-PAYLOAD.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

from local_cloud.oss.errors import OssError, wrong_scope_error
from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS, Credentials
from local_cloud.server.wire import Request

ALGORITHM = "OSS4-HMAC-SHA256"
PAYLOAD = "UNSIGNED-PAYLOAD"
_ALWAYS_SIGNED = {"content-type", "content-md5"}
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^/,]+)/(?P<date>\d{{8}})/(?P<region>[^/,]+)/(?P<product>[^/,]+)/"
    r"(?P<request>[^/,]+)(?:,\s*AdditionalHeaders=(?P<additional>[^,]+))?,\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class SignatureVerifier:
    """Check requests to one region. Set ``expired`` to treat the security token as expired."""

    credentials: Credentials
    region: str
    clock: Callable[[], float]
    expired: bool = False

    def verify(self, request: Request) -> None:
        """Raise ``OssError`` unless the request is fresh and signed with the accepted key."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise OssError("AccessDenied", "Anonymous access is forbidden for this operation.")
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None or request.headers.get("x-oss-content-sha256") != PAYLOAD:
            raise OssError("InvalidArgument", "Authorization header is invalid.")
        if found["key"] != self.credentials.access_key_id:
            raise OssError("InvalidAccessKeyId", elements={"OSSAccessKeyId": found["key"]})
        self._check_token(request.headers.get("x-oss-security-token"))
        self._check_scope(found)
        self._check_time(request.headers.get("x-oss-date", ""), found["date"])
        self._check_signature(request, found)

    def _check_token(self, token: str | None) -> None:
        if token is None and self.credentials.security_token:
            raise OssError("InvalidAccessKeyId", ec="0002-00000003")  # a temporary key is unknown without its token
        if token != self.credentials.security_token:
            raise OssError("InvalidSecurityToken")
        if self.expired:
            raise OssError("SecurityTokenExpired")

    def _check_scope(self, found: re.Match[str]) -> None:
        expected = {"region": self.region, "product": "oss", "request": "aliyun_v4_request"}
        for part, value in expected.items():
            if found[part] != value:
                raise wrong_scope_error(part)

    def _check_time(self, date: str, scope_date: str) -> None:
        try:
            sent = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise OssError("AccessDenied", "x-oss-date is missing or malformed.") from None
        if abs(self.clock() - sent) > MAX_CLOCK_SKEW_SECONDS:
            raise OssError("RequestTimeTooSkewed")
        if not date.startswith(scope_date):
            raise wrong_scope_error("date")

    def _check_signature(self, request: Request, found: re.Match[str]) -> None:
        additional = (found["additional"] or "").lower().split(";") if found["additional"] else []
        scope = f"{found['date']}/{self.region}/oss/aliyun_v4_request"
        canonical = hashlib.sha256(build_canonical_request(request, additional).encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{request.headers['x-oss-date']}\n{scope}\n{canonical}"
        key = f"aliyun_v4{self.credentials.access_key_secret}".encode()
        for part in (*scope.split("/"), to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(key.hex(), found["signature"]):
            raise OssError("SignatureDoesNotMatch", elements={"StringToSign": to_sign})


def build_canonical_request(request: Request, additional: Sequence[str]) -> str:
    headers = "".join(
        f"{name}:{value.strip()}\n"
        for name, value in sorted(request.headers.items())
        if name.startswith("x-oss-") or name in _ALWAYS_SIGNED or name in additional
    )
    # Sorted by the encoded names, as they were sent. An empty value has no equals sign.
    query = sorted(pair.removesuffix("=") for pair in urlsplit(request.target).query.split("&") if pair)
    path = quote(unquote(request.path), safe="/")
    return "\n".join([request.method, path, "&".join(query), headers, ";".join(additional), PAYLOAD])
