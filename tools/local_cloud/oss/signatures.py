"""OSS4-HMAC-SHA256 in the Authorization header, as the receiving side computes it.

Source: OSS, "Include a V4 signature in the header of a request". The payload is never signed: the documented value of
x-oss-content-sha256 is UNSIGNED-PAYLOAD.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

from local_cloud.image_search.signatures import Credentials
from local_cloud.image_search.wire import Request
from local_cloud.oss.errors import OssRefusal, wrong_scope

ALGORITHM = "OSS4-HMAC-SHA256"
MAX_CLOCK_SKEW_SECONDS = 15 * 60
PAYLOAD = "UNSIGNED-PAYLOAD"
_ALWAYS_SIGNED = {"content-type", "content-md5"}
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^/,]+)/(?P<date>\d{{8}})/(?P<region>[^/,]+)/(?P<product>[^/,]+)/"
    r"(?P<request>[^/,]+)(?:,\s*AdditionalHeaders=(?P<additional>[^,]+))?,\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class SignatureVerifier:
    """``expired`` says that the time of the security token has run out."""

    credentials: Credentials
    region: str
    clock: Callable[[], float]
    expired: bool = False

    def verify(self, request: Request) -> None:
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise OssRefusal("AccessDenied", "Anonymous access is forbidden for this operation.")
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None or request.headers.get("x-oss-content-sha256") != PAYLOAD:
            raise OssRefusal("InvalidArgument", "Authorization header is invalid.")
        if found["key"] != self.credentials.access_key_id:
            raise OssRefusal("InvalidAccessKeyId", elements={"OSSAccessKeyId": found["key"]})
        self._check_token(request.headers.get("x-oss-security-token"))
        self._check_scope(found)
        self._check_time(request.headers.get("x-oss-date", ""), found["date"])
        self._check_signature(request, found)

    def _check_token(self, token: str | None) -> None:
        if token is None and self.credentials.security_token:
            raise OssRefusal("InvalidAccessKeyId", ec="0002-00000003")  # a temporary key is none without its token
        if token != self.credentials.security_token:
            raise OssRefusal("InvalidSecurityToken")
        if self.expired:
            raise OssRefusal("SecurityTokenExpired")

    def _check_scope(self, found: re.Match[str]) -> None:
        wanted = {"region": self.region, "product": "oss", "request": "aliyun_v4_request"}
        for part, value in wanted.items():
            if found[part] != value:
                raise wrong_scope(part)

    def _check_time(self, date: str, scope_date: str) -> None:
        try:
            sent = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise OssRefusal("AccessDenied", "x-oss-date is missing or malformed.") from None
        if abs(self.clock() - sent) > MAX_CLOCK_SKEW_SECONDS:
            raise OssRefusal("RequestTimeTooSkewed")
        if not date.startswith(scope_date):
            raise wrong_scope("date")

    def _check_signature(self, request: Request, found: re.Match[str]) -> None:
        additional = (found["additional"] or "").lower().split(";") if found["additional"] else []
        scope = f"{found['date']}/{self.region}/oss/aliyun_v4_request"
        canonical = hashlib.sha256(canonical_request(request, additional).encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{request.headers['x-oss-date']}\n{scope}\n{canonical}"
        key = f"aliyun_v4{self.credentials.access_key_secret}".encode()
        for part in (*scope.split("/"), to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(key.hex(), found["signature"]):
            raise OssRefusal("SignatureDoesNotMatch", elements={"StringToSign": to_sign})


def canonical_request(request: Request, additional: Sequence[str]) -> str:
    headers = "".join(
        f"{name}:{value.strip()}\n"
        for name, value in sorted(request.headers.items())
        if name.startswith("x-oss-") or name in _ALWAYS_SIGNED or name in additional
    )
    # As it was sent: the order is that of the encoded names, and an empty value has no equals sign.
    query = sorted(pair.removesuffix("=") for pair in urlsplit(request.target).query.split("&") if pair)
    path = quote(unquote(request.path), safe="/")
    return "\n".join([request.method, path, "&".join(query), headers, ";".join(additional), PAYLOAD])
