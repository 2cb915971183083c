"""The operations of STS and IAM about identity tokens for other clouds."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.server.jwt import sign_jwt
from local_cloud.web_identity.errors import AwsError
from local_cloud.web_identity.models import ACCOUNT, Federation

CLAIMS = "https://sts.amazonaws.com/"  # the claim that holds AWS's own ones
DEFAULT_SECONDS = 300
_SECONDS = range(60, 3601)
_AUDIENCES, _AUDIENCE_CHARS, _TAGS = range(1, 11), range(1, 1001), 50
_ALGORITHM = re.compile(r"RS256|ES384")
_MAX_TOKEN_CHARS = 20_000  # not documented

Fields = dict[str, str]


def get_web_identity_token(federation: Federation, given: Mapping[str, str], region: str) -> Fields:
    """Return a token about the caller. Raise ``AwsError``. The audience is a text if there is only one."""
    audiences = _read_members(given, "Audience")
    seconds = _check_request(given, audiences)
    if not federation.is_allowed:
        raise AwsError("AccessDenied", f"on resource: * for {federation.subject}")
    if not federation.is_enabled:
        raise AwsError("OutboundWebIdentityFederationDisabledException")
    now = int(federation.now())
    about: dict[str, Any] = {"aws_account": ACCOUNT, "source_region": region}
    if tags := _read_tags(given):
        about["request_tags"] = tags
    claims = {
        "iss": federation.issuer,
        "sub": federation.subject,
        "aud": audiences[0] if len(audiences) == 1 else audiences,
        "iat": now,
        "exp": now + seconds,
        "jti": str(uuid.uuid4()),
        CLAIMS: about,
    }
    token = sign_jwt(claims, federation.keys[given["SigningAlgorithm"]])
    if len(token) > _MAX_TOKEN_CHARS:
        raise AwsError("JWTPayloadSizeExceededException")
    federation.issued.append(token)
    return {"WebIdentityToken": token, "Expiration": _format_time(now + seconds)}


def enable(federation: Federation) -> Fields:
    """Enable the federation of the account. The issuer stays the same."""
    if federation.is_enabled:
        raise AwsError("FeatureEnabled")
    federation.is_enabled = True
    return {"IssuerIdentifier": federation.issuer}


def disable(federation: Federation) -> Fields:
    if not federation.is_enabled:
        raise AwsError("FeatureDisabled")
    federation.is_enabled = False
    return {}


def get_info(federation: Federation) -> Fields:
    if not federation.is_enabled:
        raise AwsError("FeatureDisabled")
    return {"IssuerIdentifier": federation.issuer, "JwtVendingEnabled": "true"}


def _check_request(given: Mapping[str, str], audiences: list[str]) -> int:
    """Return the seconds that the token shall live. Raise ``AwsError`` with the parameter's name."""
    seconds = given.get("DurationSeconds", str(DEFAULT_SECONDS))
    if len(audiences) not in _AUDIENCES or not all(len(one) in _AUDIENCE_CHARS for one in audiences):
        raise AwsError("ValidationError", "Value at 'audience' failed to satisfy constraint")
    if not _ALGORITHM.fullmatch(given.get("SigningAlgorithm", "")):
        raise AwsError("ValidationError", "Value at 'signingAlgorithm' failed to satisfy constraint")
    if not seconds.isascii() or not seconds.isdigit() or int(seconds) not in _SECONDS:
        raise AwsError("ValidationError", "Value at 'durationSeconds' failed to satisfy constraint")
    if len(_read_tags(given)) > _TAGS:
        raise AwsError("ValidationError", "Value at 'tags' failed to satisfy constraint")
    return int(seconds)


def _read_members(given: Mapping[str, str], name: str) -> list[str]:
    """Return a list of the query protocol: ``Audience.member.1`` and so on."""
    prefix = f"{name}.member."
    found = {int(key.removeprefix(prefix)): value for key, value in given.items() if key.startswith(prefix)}
    return [found[number] for number in sorted(found)]


def _read_tags(given: Mapping[str, str]) -> dict[str, str]:
    keys = [name for name in given if re.fullmatch(r"Tags\.member\.[0-9]+\.Key", name)]
    return {given[name]: given.get(f"{name.removesuffix('Key')}Value", "") for name in keys}


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
