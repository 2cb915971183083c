"""Put the parts of the local SMQ together, start and stop it."""

import time
from collections.abc import Callable
from pathlib import Path

from local_cloud.server.certificates import Authority
from local_cloud.server.credentials import Credentials
from local_cloud.server.listener import Listener
from local_cloud.server.service import LocalService
from local_cloud.server.tls import TlsListener
from local_cloud.smq.fault_player import FaultPlayer
from local_cloud.smq.faults import Faults
from local_cloud.smq.models import Attributes, Message, Queue
from local_cloud.smq.operations import Operations
from local_cloud.smq.responses import Responses


class SmqService(LocalService):
    """The local SMQ. ``url`` is its endpoint, and every time is read from ``clock``."""

    def __init__(
        self,
        *,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        state_dir: Path | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("local-smq", state_dir=state_dir, port=port)
        self.faults = Faults()
        self._clock = clock
        self._queues: dict[str, Queue] = {}
        self._operations = Operations(self._queues, self._make_queue)
        credentials = Credentials(access_key_id, access_key_secret, security_token)
        self._responses = Responses(self._operations, credentials, clock)
        self._player = FaultPlayer(self.faults, self._responses.respond)

    @property
    def expired_tokens(self) -> set[str]:
        """Tokens that are refused as expired."""
        return self._responses.expired_tokens

    @property
    def calls(self) -> list[str]:
        """The actions so far, by their names."""
        return self._player.calls

    def queue_url(self, name: str) -> str:
        return f"{self.url}/queues/{name}"

    def create_queue(self, name: str, **attributes: int) -> Queue:
        """Create a queue with the given ``Attributes``, or replace it by an empty one."""
        self._queues[name] = self._make_queue(name, Attributes(**attributes))
        return self._queues[name]

    def delete_queue(self, name: str) -> None:
        del self._queues[name]

    def queue(self, name: str) -> Queue:
        return self._queues[name]

    def messages(self, name: str) -> list[Message]:
        """Return every message in a queue, visible or not."""
        return self._queues[name].messages()

    def _listen(self, authority: Authority) -> Listener:
        listener = TlsListener(self._name, self._observe(self._player.respond), authority, self._port)
        self._operations.url = listener.url
        return listener

    def _make_queue(self, name: str, attributes: Attributes) -> Queue:
        return Queue(name, self._clock, attributes)
