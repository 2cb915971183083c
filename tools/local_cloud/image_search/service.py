"""Put the parts of the local Image Search together, start and stop it."""

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from local_cloud.image_search.control import CONTROL_PREFIX, Control
from local_cloud.image_search.fault_player import Call, FaultPlayer
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.hosts import OPEN_PLATFORM_HOST, UPLOAD_HOSTS, find_meant_host, image_search_host
from local_cloud.image_search.models import Entry, Index, Instance
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rate_limit import TokenBucket, make_limiter
from local_cloud.image_search.responses import Responses
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.image_search.storage import FolderStorage
from local_cloud.image_search.uploads import Uploads
from local_cloud.server.certificates import Authority
from local_cloud.server.credentials import Credentials
from local_cloud.server.listener import Listener
from local_cloud.server.proxy import Proxy
from local_cloud.server.service import LocalService
from local_cloud.server.wire import Client, Request, Response

# DeleteImage reference: 20 calls per second for every instance.
DELETE_RATE = 20.0
INDEX_FOLDER = "index"


class ImageSearchService(LocalService):
    """The local Image Search.

    ``rate`` is in AddImage calls per second and ``capacity`` in pictures. The index and the certificate authority are
    kept in ``state_dir`` for the next start. With ``security_token``, every call must carry it. With ``accelerate``,
    clients may upload by OSS's transfer acceleration. ``clock_skew`` is how many seconds the service's clock is ahead;
    it may be changed at any time.
    """

    def __init__(
        self,
        *,
        instance: str,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        rate: float = 5.0,
        capacity: int = 100_000,
        state_dir: Path | None = None,
        port: int = 0,
        limiter: str = "token_bucket",
        security_token: str | None = None,
        accelerate: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("local-image-search", state_dir=state_dir, port=port)
        self.faults = Faults()
        self.clock_skew = 0.0
        self._hosts = (OPEN_PLATFORM_HOST, *UPLOAD_HOSTS, image_search_host(region))
        storage = None if state_dir is None else FolderStorage(state_dir / INDEX_FOLDER)
        self._index = Index(Instance(instance, region, capacity, rate, created=clock()), storage)
        self._stopping = threading.Event()
        uploads = Uploads()

        def skewed_clock() -> float:
            return clock() + self.clock_skew

        credentials = Credentials(access_key_id, access_key_secret, security_token)
        responses = Responses(
            index=self._index,
            uploads=uploads,
            policies=PostPolicies(skewed_clock),
            verifier=SignatureVerifier(credentials, skewed_clock),
            limiters={"add": make_limiter(limiter, rate, clock), "delete": TokenBucket(DELETE_RATE, clock)},
            delay=lambda leg: self._pause(self.faults.latency(leg)),
            accelerate=accelerate,
        )
        self._player = FaultPlayer(self.faults, responses.respond, clock)
        self._control = Control(self._index, uploads, self.faults, self._player)

    def close(self) -> None:
        self._stopping.set()
        super().close()

    @property
    def proxy_url(self) -> str:
        return self.url

    @property
    def endpoint(self) -> str:
        """The service's own address, for clients that take an endpoint and no proxy."""
        return urlsplit(self.url).netloc

    @property
    def calls(self) -> list[Call]:
        return self._player.calls()

    def entries(self) -> list[Entry]:
        return self._index.entries()

    def reset(self) -> None:
        """Empty the index and delete its files, and empty the uploads, the faults, the latencies and the calls."""
        self._control.reset()

    def _listen(self, authority: Authority) -> Listener:
        self._stopping.clear()
        self._index.load()
        return Proxy(
            self._name,
            self._player.respond,
            authority,
            self._port,
            hosts=self._hosts,
            respond_here=self._respond_here,
        )

    def _respond_here(self, request: Request, client: Client) -> Response | None:
        """Answer a request to the proxy's own address: the control API's, or that of a client without a proxy."""
        if request.path.startswith(CONTROL_PREFIX):
            return self._control.respond(request)
        host = find_meant_host(request, self._hosts, image_search_host(self._index.instance.region))
        return self._player.respond(dataclasses.replace(request, host=host), client)

    def _pause(self, seconds: float) -> None:
        """Wait for a latency, or until the service closes."""
        if seconds:
            self._stopping.wait(seconds)
