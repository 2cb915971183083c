"""Get access keys without keeping one: a token of AWS, exchanged for a temporary key (ADR 62)."""

from typing import Protocol

from imagesearch_ingest.adapters.alibaba_sts.assume_role import RoleAssumer
from imagesearch_ingest.cached_credentials import CachedCredentials, Lease
from imagesearch_ingest.pacing.clock import Clock
from imagesearch_ingest.redaction import Redactor


class IdentityTokens(Protocol):
    """A source of identity tokens."""

    def issue(self) -> str:
        """Return a new token. Raise ``IngestError``."""
        ...


class KeylessCredentials(CachedCredentials):
    """A ``CredentialSource`` over identity tokens. The redactor knows each token before it is sent."""

    def __init__(self, tokens: IdentityTokens, role: RoleAssumer, redactor: Redactor, clock: Clock) -> None:
        super().__init__(self._exchange, clock)
        self._tokens = tokens
        self._role = role
        self._redactor = redactor

    def _exchange(self) -> Lease:
        token = self._tokens.issue()
        self._redactor.learn(token)
        return self._role.assume(token)
