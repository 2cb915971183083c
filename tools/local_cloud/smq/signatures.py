"""Verify signatures (SMQ API reference, "Sign requests", "Common parameters").

The order of the checks is not documented.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from email.utils import parsedate_to_datetime

from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS, Credentials
from local_cloud.server.wire import Request
from local_cloud.smq.errors import SmqError

VERSION = "2015-06-06"
_AUTHORIZATION = re.compile(r"MNS (?P<key>[^:\s]+):(?P<signature>[A-Za-z0-9+/]{27}=)")


def verify(request: Request, credentials: Credentials, expired_tokens: Collection[str], now: float) -> None:
    """Raise ``SmqError`` unless the request is fresh and signed with the accepted key."""
    _check_version(request)
    given = request.headers.get("authorization")
    if not given:
        raise SmqError("MissingAuthorizationHeader", "Authorization header is required.")
    found = _AUTHORIZATION.fullmatch(given)
    if not found:
        raise SmqError("InvalidAuthorizationHeader", "The Authorization header format is invalid.")
    _check_date(request, now)
    if found["key"] != credentials.access_key_id:
        raise SmqError("InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
    _check_token(request.headers.get("security-token"), credentials, expired_tokens)
    if not hmac.compare_digest(found["signature"], compute_signature(request, credentials.access_key_secret)):
        raise SmqError("SignatureDoesNotMatch", "The request signature we calculated does not match the one you gave.")
    _check_digest(request)


def compute_signature(request: Request, secret: str) -> str:
    signed = [request.headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    vendor_headers = [f"{name}:{text}" for name, text in sorted(request.headers.items()) if name.startswith("x-mns-")]
    text = "\n".join([request.method, *signed, *vendor_headers, request.target])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _check_version(request: Request) -> None:
    version = request.headers.get("x-mns-version")
    if version is None:
        raise SmqError("MissingVersionHeader", "x-mns-version is required.")
    if version != VERSION:
        raise SmqError("InvalidVersionHeader", f"x-mns-version should be {VERSION}.")


def _check_date(request: Request, now: float) -> None:
    date = request.headers.get("date")
    if date is None:
        raise SmqError("MissingDateHeader", "Date header is required.")
    try:
        sent = parsedate_to_datetime(date).timestamp()
    except ValueError:
        raise SmqError("InvalidDateHeader", "The Date header format is invalid.") from None
    if abs(now - sent) > MAX_CLOCK_SKEW_SECONDS:
        raise SmqError("TimeExpired", "The http request you sent is expired.")


def _check_token(token: str | None, credentials: Credentials, expired: Collection[str]) -> None:
    if token in expired:
        raise SmqError("SecurityTokenExpired", "The security token you provided has expired.")
    if token != credentials.security_token:
        raise SmqError("InvalidSecurityToken", "The security token you provided is invalid.")


def _check_digest(request: Request) -> None:
    """Check Content-MD5, which may be missing. The SDKs send the base64 of its hexadecimal digits."""
    given = request.headers.get("content-md5")
    digits = hashlib.md5(request.body, usedforsecurity=False).hexdigest()
    if given is not None and given != base64.b64encode(digits.encode()).decode():
        raise SmqError("InvalidDegist", "The Content-MD5 you specified is invalid.")
