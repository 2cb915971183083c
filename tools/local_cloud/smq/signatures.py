"""Who asks: the checks of SMQ's API reference, "Sign requests" and "Common parameters"; their order is ours."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from email.utils import parsedate_to_datetime

from local_cloud.image_search.signatures import Credentials
from local_cloud.image_search.wire import Request
from local_cloud.smq.refusals import Refusal

VERSION = "2015-06-06"
MAX_CLOCK_SKEW_SECONDS = 15 * 60
_AUTHORIZATION = re.compile(r"MNS (?P<key>[^:\s]+):(?P<signature>[A-Za-z0-9+/]{27}=)")


def verify(request: Request, credentials: Credentials, expired_tokens: Collection[str], now: float) -> None:
    """Raises ``Refusal``."""
    _check_version(request)
    given = request.headers.get("authorization")
    if not given:
        raise Refusal("MissingAuthorizationHeader", "Authorization header is required.")
    found = _AUTHORIZATION.fullmatch(given)
    if not found:
        raise Refusal("InvalidAuthorizationHeader", "The Authorization header format is invalid.")
    _check_date(request, now)
    if found["key"] != credentials.access_key_id:
        raise Refusal("InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
    _check_token(request.headers.get("security-token"), credentials, expired_tokens)
    if not hmac.compare_digest(found["signature"], signature(request, credentials.access_key_secret)):
        raise Refusal("SignatureDoesNotMatch", "The request signature we calculated does not match the one you gave.")
    _check_digest(request)


def signature(request: Request, secret: str) -> str:
    header: Callable[[str], str] = lambda name: request.headers.get(name, "")  # noqa: E731 - a shorter word for it
    ours = "".join(f"{name}:{request.headers[name]}\n" for name in sorted(request.headers) if name.startswith("x-mns-"))
    text = "\n".join([request.method, header("content-md5"), header("content-type"), header("date"), ""])
    digest = hmac.new(secret.encode(), f"{text}{ours}{request.target}".encode(), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def _check_version(request: Request) -> None:
    version = request.headers.get("x-mns-version")
    if version is None:
        raise Refusal("MissingVersionHeader", "x-mns-version is required.")
    if version != VERSION:
        raise Refusal("InvalidVersionHeader", f"x-mns-version should be {VERSION}.")


def _check_date(request: Request, now: float) -> None:
    date = request.headers.get("date")
    if date is None:
        raise Refusal("MissingDateHeader", "Date header is required.")
    try:
        sent = parsedate_to_datetime(date).timestamp()
    except ValueError:
        raise Refusal("InvalidDateHeader", "The Date header format is invalid.") from None
    if abs(now - sent) > MAX_CLOCK_SKEW_SECONDS:
        raise Refusal("TimeExpired", "The http request you sent is expired.")


def _check_token(token: str | None, credentials: Credentials, expired: Collection[str]) -> None:
    if token in expired:
        raise Refusal("SecurityTokenExpired", "The security token you provided has expired.")
    if token != credentials.security_token:
        raise Refusal("InvalidSecurityToken", "The security token you provided is invalid.")


def _check_digest(request: Request) -> None:
    """The SDKs send the base64 of the hexadecimal digits; one without is taken."""
    given = request.headers.get("content-md5")
    digits = hashlib.md5(request.body, usedforsecurity=False).hexdigest()
    if given is not None and given != base64.b64encode(digits.encode()).decode():
        raise Refusal("InvalidDegist", "The Content-MD5 you specified is invalid.")
