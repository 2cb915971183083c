"""Put the parts of the local STS together, start and stop it."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Respond
from local_cloud.server.listener import Listener
from local_cloud.server.service import LocalService
from local_cloud.server.tls import TlsListener
from local_cloud.sts.fault_player import Call, FaultPlayer
from local_cloud.sts.faults import Faults
from local_cloud.sts.issuer import IssuerKeys, Route, fetch_keys
from local_cloud.sts.models import Account, IssuedKey, OidcProvider, Role
from local_cloud.sts.operations import Sessions
from local_cloud.sts.responses import Responses


class StsService(LocalService):
    """The local STS, with the part of RAM that it needs.

    ``routes`` say how STS reaches the hosts of issuers. ``clock_skew`` is how many seconds its clock is ahead, and
    ``key_seconds`` how long new keys live, if not as long as asked for; both may be changed at any time.
    """

    def __init__(self, *, state_dir: Path | None = None, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__("local-sts", state_dir=state_dir, port=port)
        self.faults = Faults()
        self.clock_skew = 0.0
        self.routes: dict[str, Route] = {}
        self._clock = clock
        self._account = Account()
        self._sessions = Sessions(self._account, self._fetch_keys, self.now)
        self._responses = Responses(self._sessions, self.now)
        self._player = FaultPlayer(self.faults, self._responses.respond)

    @property
    def respond(self) -> Respond:
        """Answer a request that reached another port, such as the proxy's."""
        return self._player.respond

    @property
    def checks_time(self) -> bool:
        """Whether a request with a wrong time is refused."""
        return self._responses.checks_time

    @checks_time.setter
    def checks_time(self, checks: bool) -> None:
        self._responses.checks_time = checks

    @property
    def calls(self) -> list[Call]:
        return self._player.calls()

    @property
    def keys(self) -> list[IssuedKey]:
        """Return every key so far, expired or not."""
        return list(self._account.keys.values())

    @property
    def key_seconds(self) -> float | None:
        return self._sessions.key_seconds

    @key_seconds.setter
    def key_seconds(self, seconds: float | None) -> None:
        self._sessions.key_seconds = seconds

    def now(self) -> float:
        return self._clock() + self.clock_skew

    def find_key(self, access_key_id: str) -> IssuedKey | None:
        return self._account.keys.get(access_key_id)

    def expire_keys(self) -> None:
        """Let every key expire now, whatever its "Expiration" said."""
        for name, key in self._account.keys.items():
            self._account.keys[name] = dataclasses.replace(key, expires=0.0)

    def put_provider(self, provider: OidcProvider) -> OidcProvider:
        """Add an identity provider, or replace the one of its ARN. The caller may change it later."""
        self._account.providers[provider.arn] = provider
        return provider

    def put_role(self, arn: str, trust_policy: Mapping[str, Any], **fields: int) -> Role:
        """Add a role, or replace the one of its ARN."""
        role = Role(arn, trust_policy, **fields)
        self._account.roles[arn] = role
        return role

    def delete_role(self, arn: str) -> None:
        del self._account.roles[arn]

    def delete_provider(self, arn: str) -> None:
        del self._account.providers[arn]

    def _fetch_keys(self, issuer: str) -> IssuerKeys:
        return fetch_keys(issuer, self.routes)

    def _listen(self, authority: Authority) -> Listener:
        return TlsListener(self._name, self._player.respond, authority, self._port)
