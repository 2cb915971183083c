"""The access key for Alibaba Cloud: from the variables that its own tools use, or from a secret's JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.redaction import Redactor

ACCESS_KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
ACCESS_KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - a variable's name
SECURITY_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True)
class Credentials:
    """``None`` where nothing is set: then every call fails as ``credentials``, which stops nothing but the calls."""

    access_key_id: str | None
    access_key_secret: str | None = field(repr=False)
    security_token: str | None = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Credentials":
        values = (environ.get(name) or None for name in (ACCESS_KEY_ID, ACCESS_KEY_SECRET, SECURITY_TOKEN))
        return cls(*values)

    @classmethod
    def of_context(cls, context: object) -> "Credentials | None":
        """Those that Function Compute hands to each invocation, where it does (Python runtimes up to 3.10 did)."""
        own: Any = getattr(context, "credentials", None)
        if not getattr(own, "access_key_id", None):
            return None
        return cls(own.access_key_id, own.access_key_secret, own.security_token or None)

    @classmethod
    def from_secret(cls, text: str) -> "Credentials":
        """Of ``{"access_key_id": ..., "access_key_secret": ..., "security_token": ...}``; the token may be left out.

        Raises ``IngestError(CREDENTIALS)`` that names what is wrong with the secret, and never what is in it.
        """
        try:
            fields = json.loads(text)
        except ValueError:
            raise _malformed("it is no JSON") from None  # whose message would quote the secret
        if not isinstance(fields, dict):
            raise _malformed("it is no JSON object")
        return cls(_needed(fields, "access_key_id"), _needed(fields, "access_key_secret"), _token(fields))


class CredentialSource(Protocol):
    """Where the access key for Alibaba Cloud comes from."""

    def get(self, *, fresh: bool = False) -> Credentials:
        """``fresh`` reads them past every cache: somebody may have renewed them a moment ago."""
        ...


@dataclass(frozen=True, slots=True)
class EnvironmentCredentials:
    """A ``CredentialSource`` over an environment, which it reads each time: a platform may renew what is in it."""

    variables: Mapping[str, str] = field(repr=False)

    def get(self, *, fresh: bool = False) -> Credentials:  # noqa: ARG002 - there is no cache to go past
        return Credentials.from_env(self.variables)


@dataclass(slots=True)
class InvocationCredentials:
    """A ``CredentialSource`` on Function Compute, where each invocation may bring a temporary key of its own.

    The latest one serves all: of several invocations at once, each has a valid one. Without one it is the
    environment's (runtimes from Python 3.12 on).
    """

    otherwise: EnvironmentCredentials
    latest: Credentials | None = field(default=None, init=False, repr=False)

    def use(self, credentials: Credentials | None) -> None:
        self.latest = credentials

    def get(self, *, fresh: bool = False) -> Credentials:
        return self.latest or self.otherwise.get(fresh=fresh)


@dataclass(frozen=True, slots=True)
class LearnedCredentials:
    """A ``CredentialSource``: the redactor knows each key's values before anything can be done with them."""

    source: CredentialSource
    redactor: Redactor = field(repr=False)

    def get(self, *, fresh: bool = False) -> Credentials:
        credentials = self.source.get(fresh=fresh)
        self.redactor.learn(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)
        return credentials


def _needed(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _malformed(f"it has no text called {name}")
    return value


def _token(fields: Mapping[str, Any]) -> str | None:
    return _needed(fields, "security_token") if fields.get("security_token") else None


def _malformed(what: str) -> IngestError:
    return IngestError(Reason.CREDENTIALS, f"the secret of INGEST_CREDENTIALS_SECRET cannot be used: {what}")
