"""Signatures of version 1, HMAC-SHA1, in a header or in the URL.

Sources: OSS, "Include a V1 signature in the header of a request" and "Include a V1 signature in a URL".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from local_cloud.oss.addressing import parse_parameters, parse_place
from local_cloud.oss.errors import OssError
from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS
from local_cloud.server.wire import Request

PREFIX = "OSS "
# Header values arrive as Latin-1, which gives back their bytes. Python's newest SDK sends text beyond ASCII in Latin-1,
# but signs it in UTF-8. Which of the two OSS accepts is not documented; here both are.
HEADER_ENCODINGS = ("latin-1", "utf-8")
PARAMETERS = {"Expires", "OSSAccessKeyId", "Signature", "security-token"}
# The parameters that version 1 signs; the others are not protected. Those of operations that are not served here are
# left out: such a request is refused in any case.
_SIGNED = {
    "acl",
    "append",
    "bucketInfo",
    "callback",
    "callback-var",
    "continuation-token",
    "delete",
    "location",
    "objectMeta",
    "partNumber",
    "position",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "stat",
    "symlink",
    "tagging",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "x-oss-process",
    "x-oss-request-payer",
    "x-oss-traffic-limit",
}


@dataclass(frozen=True)
class ClaimV1:
    """What a request says about its signature. ``expires`` is set for a signed URL."""

    request: Request
    access_key_id: str
    signature: str
    token: str | None
    expires: str = ""

    def check_scope(self, region: str) -> None:
        """Accept every region: version 1 signs none."""

    def check_time(self, now: float) -> None:
        if self.expires:
            if not (self.expires.isascii() and self.expires.isdecimal()):
                raise OssError("AccessDenied", f"Expires is {self.expires!r}, not a Unix time.")
            if now > int(self.expires):
                raise OssError("AccessDenied", "Request has expired.")
            return
        try:
            sent = parsedate_to_datetime(_read_date(self.request)).timestamp()
        except (ValueError, TypeError):
            raise OssError("AccessDenied", "OSS authentication requires a valid Date.") from None
        if abs(now - sent) > MAX_CLOCK_SKEW_SECONDS:
            raise OssError("RequestTimeTooSkewed")

    def check_signature(self, secret: str) -> None:
        date = self.expires or _read_date(self.request)
        texts = [build_string_to_sign(self.request, date, encoding) for encoding in HEADER_ENCODINGS]
        if not any(hmac.compare_digest(_sign(text, secret), self.signature.encode()) for text in texts):
            raise OssError("SignatureDoesNotMatch", elements={"StringToSign": texts[0].decode(errors="replace")})


def read_header(request: Request, authorization: str) -> ClaimV1:
    """Read ``OSS <access key ID>:<signature>``. The newest SDK sends its token without the prefix x-oss-."""
    key, colon, signature = authorization.removeprefix(PREFIX).partition(":")
    if not (key and colon and signature):
        raise OssError("InvalidArgument", "Authorization header is invalid.")
    token = request.headers.get("x-oss-security-token", request.headers.get("security-token"))
    return ClaimV1(request, key, signature, token)


def read_parameters(request: Request, parameters: Mapping[str, str]) -> ClaimV1:
    """Read the signature in a URL."""
    given = [parameters.get(name, "") for name in ("OSSAccessKeyId", "Signature", "Expires")]
    if not all(given):
        message = "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters."
        raise OssError("AccessDenied", message)
    key, signature, expires = given
    return ClaimV1(request, key, signature, parameters.get("security-token"), expires)


def build_string_to_sign(request: Request, date: str, encoding: str) -> bytes:
    """Return the bytes that are signed. ``date`` is the time of the request, or the end of a URL's life."""
    headers = request.headers
    lines = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), date]
    lines += [f"{name}:{value.strip()}" for name, value in sorted(headers.items()) if name.startswith("x-oss-")]
    return "\n".join([*lines, ""]).encode(encoding) + _build_resource(request).encode(errors="surrogateescape")


def _build_resource(request: Request) -> str:
    signed = sorted(pair for pair in parse_parameters(request).items() if pair[0] in _SIGNED)
    query = "&".join(f"{name}={value}" if value else name for name, value in signed)
    return parse_place(request).resource + (query and f"?{query}")


def _sign(text: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest())


def _read_date(request: Request) -> str:
    return request.headers.get("x-oss-date", request.headers.get("date", ""))
