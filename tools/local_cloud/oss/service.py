"""Put the parts of the local OSS together, start and stop it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud.oss.fault_player import FaultPlayer
from local_cloud.oss.faults import Faults
from local_cloud.oss.models import Buckets, StoredObject
from local_cloud.oss.responses import Responses
from local_cloud.oss.signatures import SignatureVerifier
from local_cloud.oss.uploader import Uploader
from local_cloud.server.certificates import Authority
from local_cloud.server.credentials import Credentials
from local_cloud.server.listener import Listener
from local_cloud.server.service import LocalService
from local_cloud.server.tls import TlsListener

MAX_OBJECT_BYTES = 512 * 1024 * 1024


class OssService(LocalService):
    """The local OSS of one region. ``url`` is its endpoint.

    ``on_event`` receives one event for each change before its request is answered; it may be replaced at any time.
    """

    def __init__(
        self,
        *,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        state_dir: Path | None = None,
        port: int = 0,
        on_event: Callable[[dict[str, Any]], object] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("local-oss", state_dir=state_dir, port=port)
        self.region = region
        self.on_event = on_event
        self._clock = clock
        self.faults = Faults()
        self._buckets = Buckets(region)
        self._verifier = SignatureVerifier(Credentials(access_key_id, access_key_secret, security_token), region, clock)
        self._responses = Responses(self._buckets, self._verifier, clock, self._report_event)
        self._player = FaultPlayer(self.faults, self._responses.respond)

    @property
    def denied(self) -> set[str]:
        """The rights that the key lacks, such as "oss:GetObject"."""
        return self._responses.denied

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The latest requests: method and path."""
        return self._player.requests()

    def expire_token(self) -> None:
        self._verifier.expired = True

    def make_bucket(self, name: str, region: str | None = None) -> None:
        """Create a bucket. Requests to one in another region get that region's endpoint in an error."""
        self._buckets.make(name, region, self._clock())

    def objects(self, bucket: str) -> list[StoredObject]:
        return self._buckets.find(bucket).objects()

    def uploader(self) -> Uploader:
        """Return a client that uses the real SDK and the service's key."""
        return Uploader(self._verifier.credentials, self.region, self.url, self.ca_path)

    def reset(self) -> None:
        """Remove the buckets, the faults and the list of requests, grant all rights and renew the token."""
        self._buckets.clear()
        self.faults.clear()
        self.denied.clear()
        self._verifier.expired = False
        self._player.forget_requests()

    def _report_event(self, event: dict[str, Any]) -> None:
        """Call the current ``on_event``, which may have been replaced."""
        self.on_event(event)

    def _listen(self, authority: Authority) -> Listener:
        return TlsListener(
            self._name, self._observe(self._player.respond), authority, self._port, max_body_bytes=MAX_OBJECT_BYTES
        )
