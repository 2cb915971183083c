"""Verify an identity token: its form, its issuer, its signature, its audience and its times.

The order of the checks is not documented, and neither is a tolerance of the clock, so there is none.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.server import jwt as tokens
from local_cloud.server.jwt import Jwt
from local_cloud.sts.errors import AUDIENCE, EXPIRED, FINGERPRINT, INVALID, ISSUER, SIGNATURE, StsError
from local_cloud.sts.issuer import IssuerKeys
from local_cloud.sts.models import OidcProvider

LENGTHS = range(4, 20_001)  # AssumeRoleWithOIDC reference, "OIDCToken"
_PARTS = 3


def verify_token(
    token: str, provider: OidcProvider, fetch: Callable[[str], IssuerKeys], now: float
) -> Mapping[str, Any]:
    """Return the claims. ``fetch`` returns the keys of an issuer. Raise ``StsError``."""
    jwt = _read(token)
    if jwt.claims.get("iss") != provider.issuer:
        raise StsError(ISSUER)
    _check_signature(jwt, provider, fetch)
    if not set(audiences_of(jwt.claims)) & provider.client_ids:
        raise StsError(AUDIENCE)
    _check_times(jwt.claims, provider, now)
    return jwt.claims


def audiences_of(claims: Mapping[str, Any]) -> list[str]:
    """Return the audiences. A token with one may have it as a text (RFC 7519, section 4.1.3)."""
    found = claims.get("aud", [])
    return [found] if isinstance(found, str) else list(found)


def _read(token: str) -> Jwt:
    if not token:
        raise StsError(INVALID, text="The OIDCToken can not empty.")
    if len(token) not in LENGTHS:
        raise StsError(INVALID)
    if token.count(".") != _PARTS - 1:
        raise StsError(INVALID, text="The number of Jwt field should be divided into 3 parts with '.' .")
    try:
        jwt = tokens.read_jwt(token)
    except (ValueError, TypeError):
        raise StsError(INVALID) from None
    if jwt.header.get("alg") != tokens.RS256:
        algorithm = jwt.header.get("alg")
        raise StsError(INVALID, text=f"The algorithm {algorithm} that be specified in Jwt header is unknown.")
    return jwt


def _check_signature(jwt: Jwt, provider: OidcProvider, fetch: Callable[[str], IssuerKeys]) -> None:
    published = fetch(provider.issuer)
    if published.fingerprint not in {one.lower() for one in provider.fingerprints}:
        raise StsError(FINGERPRINT)
    key = next((one for one in published.keys if one.get("kid") == jwt.header.get("kid")), None)
    try:
        if key is None or key.get("kty") != "RSA" or not tokens.is_signed_by(jwt, key):
            raise StsError(SIGNATURE)
    except (ValueError, KeyError):
        raise StsError(SIGNATURE) from None


def _check_times(claims: Mapping[str, Any], provider: OidcProvider, now: float) -> None:
    try:
        expires, issued = float(claims["exp"]), float(claims["iat"])
        begins = float(claims.get("nbf", issued))
    except (KeyError, TypeError, ValueError):
        raise StsError(INVALID) from None
    if expires <= now or now - issued > provider.issuance_limit_hours * 3600:
        raise StsError(EXPIRED)
    if begins > now or issued > now:
        raise StsError(INVALID, "It is not valid yet.")
