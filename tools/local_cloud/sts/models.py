"""What RAM knows of an account: its OIDC identity providers and roles; and the keys that STS has issued."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.server.credentials import Credentials

DEFAULT_SESSION_SECONDS = 3600  # CreateRole reference, "MaxSessionDuration"
DEFAULT_ISSUANCE_HOURS = 12  # RAM user guide, "Manage an OIDC IdP", earliest issuance time


@dataclass
class OidcProvider:
    """An identity provider. ``fingerprints`` are SHA-1 digests of certificate authorities, in hexadecimal."""

    arn: str
    issuer: str
    client_ids: set[str]
    fingerprints: set[str]
    issuance_limit_hours: int = DEFAULT_ISSUANCE_HOURS


@dataclass
class Role:
    """A role. Its trust policy has the form of RAM's policies."""

    arn: str
    trust_policy: Mapping[str, Any]
    max_session_seconds: int = DEFAULT_SESSION_SECONDS

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class IssuedKey:
    """A temporary key, valid until ``expires``, in seconds since 1970 on STS's clock."""

    role_arn: str
    expires: float
    access_key_id: str = field(default_factory=lambda: f"STS.N{secrets.token_hex(12)}")
    access_key_secret: str = field(default_factory=lambda: secrets.token_urlsafe(33), repr=False)
    # With characters of base64 that a URL escapes, as the vendor's tokens have them.
    security_token: str = field(
        default_factory=lambda: f"CAIS+{secrets.token_urlsafe(60)}/{secrets.token_hex(8)}==", repr=False
    )

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.access_key_id, self.access_key_secret, self.security_token)


@dataclass
class Account:
    """The providers and roles by their ARNs, and all keys by their IDs."""

    providers: dict[str, OidcProvider] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    keys: dict[str, IssuedKey] = field(default_factory=dict)
