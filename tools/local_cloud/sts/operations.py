"""The operation AssumeRoleWithOIDC (STS API reference)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_cloud.sts import policies, signatures
from local_cloud.sts.errors import NO_PERMISSION, StsError
from local_cloud.sts.issuer import IssuerKeys
from local_cloud.sts.models import DEFAULT_SESSION_SECONDS, Account, IssuedKey, OidcProvider, Role

KNOWN = {"DurationSeconds", "OIDCProviderArn", "OIDCToken", "Policy", "RoleArn", "RoleSessionName"}
SHORTEST_SESSION_SECONDS = 900
_MAX_POLICY_CHARS = 2048
_PROVIDER_ARN = re.compile(r"acs:ram::([0-9]+):oidc-provider/[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")
_ROLE_ARN = re.compile(r"acs:ram::([0-9]+):role/[A-Za-z0-9.-]{1,64}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")
_DIGITS = re.compile(r"[0-9]{1,9}")


@dataclass
class Sessions:
    """What the operation works on. With ``key_seconds``, keys live so long, whatever was asked for."""

    account: Account
    fetch: Callable[[str], IssuerKeys]
    clock: Callable[[], float]
    key_seconds: float | None = None

    def assume_role_with_oidc(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the body of the answer. Raise ``StsError``."""
        session = _read_session_name(given)
        provider, role = self._find_provider(given), self._find_role(given)
        seconds = _read_duration(given, role)
        _check_policy(given.get("Policy"))
        now = self.clock()
        claims = signatures.verify_token(given.get("OIDCToken", ""), provider, self.fetch, now)
        if not _is_trusted(role, provider, claims):
            raise StsError(NO_PERMISSION)
        key = IssuedKey(role.arn, now + (self.key_seconds or seconds))
        self.account.keys[key.access_key_id] = key
        return _describe(key, role, session, claims)

    def _find_provider(self, given: Mapping[str, str]) -> OidcProvider:
        arn = given.get("OIDCProviderArn", "")
        if not _PROVIDER_ARN.fullmatch(arn):
            raise StsError(NO_PERMISSION, text="Parameter OIDCProviderArn is not valid")
        provider = self.account.providers.get(arn)
        if provider is None:
            raise StsError(NO_PERMISSION, text="No such OIDC Provider registered.")
        return provider

    def _find_role(self, given: Mapping[str, str]) -> Role:
        arn = given.get("RoleArn", "")
        if not _ROLE_ARN.fullmatch(arn):
            raise StsError("InvalidParameter.RoleArn")
        role = self.account.roles.get(arn)
        if role is None:
            raise StsError("EntityNotExist.Role", f"{arn}.")
        return role


def _read_session_name(given: Mapping[str, str]) -> str:
    name = given.get("RoleSessionName")
    if not name:
        raise StsError("MissingRoleSessionName")
    if not _SESSION_NAME.fullmatch(name):
        raise StsError("InvalidParameter.RoleSessionName")
    return name


def _read_duration(given: Mapping[str, str], role: Role) -> int:
    text = given.get("DurationSeconds", str(DEFAULT_SESSION_SECONDS))
    if not _DIGITS.fullmatch(text) or not SHORTEST_SESSION_SECONDS <= int(text) <= role.max_session_seconds:
        raise StsError("InvalidParameter.DurationSeconds")
    return int(text)


def _check_policy(policy: str | None) -> None:
    if policy is None:
        return
    try:
        is_usable = len(policy) <= _MAX_POLICY_CHARS and isinstance(json.loads(policy), dict)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise StsError("InvalidParameter.Policy")


def _is_trusted(role: Role, provider: OidcProvider, claims: Mapping[str, Any]) -> bool:
    """Return whether the role trusts the token. Provider and role belong to one account."""
    context = {
        "oidc:iss": [str(claims["iss"])],
        "oidc:aud": signatures.audiences_of(claims),
        "oidc:sub": [str(claims.get("sub", ""))],
    }
    return policies.may_assume(role.trust_policy, provider.arn, context)


def _describe(key: IssuedKey, role: Role, session: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "OIDCTokenInfo": {
            "Subject": claims.get("sub"),
            "Issuer": claims["iss"],
            "ClientIds": ",".join(signatures.audiences_of(claims)),
            "ExpirationTime": format_time(claims["exp"]),
            "IssuanceTime": format_time(claims["iat"]),
            "VerificationInfo": "Success",
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"300123456789012345:{session}",
            "Arn": f"{role.arn.replace(':role/', ':assumed-role/')}/{session}",
        },
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "AccessKeySecret": key.access_key_secret,
            "SecurityToken": key.security_token,
            "Expiration": format_time(key.expires),
        },
    }


def format_time(seconds: float) -> str:
    """Return a time of this API: UTC in whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
