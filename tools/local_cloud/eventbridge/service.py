"""Put the parts of the local EventBridge together, start and stop it."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_cloud.eventbridge.fault_player import FaultPlayer
from local_cloud.eventbridge.faults import Faults
from local_cloud.eventbridge.models import Rule, Rules
from local_cloud.eventbridge.operations import Account
from local_cloud.eventbridge.responses import Responses
from local_cloud.eventbridge.signatures import SignatureVerifier
from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Respond
from local_cloud.server.credentials import Credentials
from local_cloud.server.listener import Listener
from local_cloud.server.service import LocalService
from local_cloud.server.tls import TlsListener


def control_host(region: str) -> str:
    """Return the vendor's host of the control API (EventBridge, "Service endpoints")."""
    return f"eventbridge-console.{region}.aliyuncs.com"


class EventBridgeService(LocalService):
    """The control API of the local EventBridge in one region. A proxy may serve its host by ``respond``."""

    def __init__(
        self,
        *,
        region: str,
        account: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        state_dir: Path | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("local-eventbridge", state_dir=state_dir, port=port)
        self.faults = Faults()
        self.rules = Rules()
        self.account = Account(region, account, self.rules, clock)
        credentials = Credentials(access_key_id, access_key_secret, security_token)
        self._responses = Responses(self.account, SignatureVerifier(credentials, clock))
        self._player = FaultPlayer(self.faults, self._responses.respond)

    @property
    def respond(self) -> Respond:
        """Answer a request that reached another port, such as the proxy's."""
        return self._observe(self._player.respond)

    @property
    def calls(self) -> list[str]:
        """The actions so far, by their names."""
        return self._player.calls

    @property
    def denied(self) -> set[str]:
        """Actions for which the key has no permission."""
        return self._responses.denied

    @property
    def is_activated(self) -> bool:
        """Whether the account has activated EventBridge."""
        return self._responses.is_activated

    @is_activated.setter
    def is_activated(self, activated: bool) -> None:
        self._responses.is_activated = activated

    def create_rule(self, properties: Mapping[str, Any]) -> Rule:
        """Create a rule with the properties of ``ALIYUN::EventBridge::Rule``, or put it in the place of another."""
        rule = Rule(
            bus=properties["EventBusName"],
            name=properties["RuleName"],
            pattern=json.dumps(properties["FilterPattern"], ensure_ascii=False),
            status=properties.get("Status", "ENABLE"),
            description=properties.get("Description", ""),
            targets=tuple(properties.get("Targets", ())),
        )
        if any(one.name == rule.name for one in self.rules.of_bus(rule.bus)):
            self.rules.delete(rule.bus, rule.name)
        self.rules.create(rule)
        return rule

    def arn(self, name: str, bus: str = "default") -> str:
        """Return the ARN of a rule."""
        return self.account.arn(self.rules.find(bus, name))

    def _listen(self, authority: Authority) -> Listener:
        return TlsListener(self._name, self._observe(self._player.respond), authority, self._port)
