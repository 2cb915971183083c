"""Put the parts of the local Image Search together, start and stop it."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from local_cloud.image_search.actions import Parts
from local_cloud.image_search.changes import Changes
from local_cloud.image_search.control import CONTROL_PREFIX, Control
from local_cloud.image_search.fault_player import Call, FaultPlayer
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.files import Files
from local_cloud.image_search.hosts import (
    OPEN_PLATFORM_HOST,
    UPLOAD_HOSTS,
    files_bucket_host,
    find_meant_host,
    image_search_host,
)
from local_cloud.image_search.increments import ReadBucket
from local_cloud.image_search.models import Entry, Index, Instance
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rate_limit import RateLimits, make_limiter
from local_cloud.image_search.responses import Responses
from local_cloud.image_search.signatures import FindKey, SignatureVerifier
from local_cloud.image_search.storage import FolderStorage
from local_cloud.image_search.tasks import Tasks
from local_cloud.image_search.uploads import Uploads
from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Respond
from local_cloud.server.credentials import Credentials
from local_cloud.server.listener import Listener
from local_cloud.server.proxy import Proxy
from local_cloud.server.service import LocalService
from local_cloud.server.wire import Client, Request, Response

LEASE_SECONDS = 365 * 24 * 3600
INDEX_FOLDER = "index"


class ImageSearchService(LocalService):
    """The local Image Search.

    ``rate`` is in AddImage calls per second, ``capacity`` in pictures and ``qps`` in queries per second as purchased.
    ``service_type`` is a key of ``KINDS``. The index and the certificate authority are kept in ``state_dir`` for the
    next start. With ``security_token``, every call must carry it. With ``accelerate``,
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
        qps: int = 5,
        service_type: str = "product",
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
        self._hosts = (OPEN_PLATFORM_HOST, *UPLOAD_HOSTS, image_search_host(region), files_bucket_host(region))
        self._served: dict[str, Respond | None] = dict.fromkeys(self._hosts)  # by whom, if not by this service
        self._stopping = threading.Event()

        def skewed_clock() -> float:
            return clock() + self.clock_skew

        created = clock()
        first = Instance(
            instance, region, capacity, qps, created=created, expires=created + LEASE_SECONDS, service_type=service_type
        )
        storage = None if state_dir is None else FolderStorage(state_dir / INDEX_FOLDER)
        limits = RateLimits(make_limiter(limiter, rate, clock), qps, clock)
        files = Files(region, skewed_clock)
        self._parts = Parts(
            index=Index(first, storage),
            uploads=Uploads(),
            files=files,
            dumps=Tasks("dump", files, lambda: self._parts.task_settings, skewed_clock),
            increments=Tasks("increment", files, lambda: self._parts.task_settings, skewed_clock),
        )
        self._verifier = SignatureVerifier(Credentials(access_key_id, access_key_secret, security_token), skewed_clock)
        responses = Responses(
            parts=self._parts,
            policies=PostPolicies(skewed_clock),
            verifier=self._verifier,
            limits=limits,
            clock=skewed_clock,
            delay=lambda leg: self._pause(self.faults.latency(leg)),
            accelerate=accelerate,
        )
        self._player = FaultPlayer(self.faults, responses.respond, clock)
        self._changes = Changes(self._parts, limits)
        self._control = Control(self._parts, self._changes, self.faults, self._player)

    def close(self) -> None:
        self._stopping.set()
        super().close()
        self._parts.stop_tasks()

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
        return self._parts.index.entries()

    @property
    def instance(self) -> Instance:
        return self._parts.index.instance

    def change_instance(self, **fields: object) -> None:
        """Set ``capacity``, ``expires`` (Unix seconds), ``service_type``, ``status`` or ``qps`` of the instance.

        ``status`` is available or unavailable. This and the next two raise ``ValueError`` for an invalid value.
        """
        self._changes.change_instance(fields)

    def change_tasks(self, **fields: object) -> None:
        """Set how tasks run, by the fields of ``TaskSettings``; the others get their defaults."""
        self._changes.change_tasks(fields)

    def change_rates(self, **rates: float) -> None:
        """Set calls per second, by the names of ``DOCUMENTED_RATES`` and ``query``."""
        self._changes.change_rates(rates)

    def read_buckets_by(self, read_bucket: ReadBucket) -> None:
        """Let IncreaseInstance read OSS. Before, it finds no bucket."""
        self._parts.read_bucket = read_bucket

    def accept_keys_of(self, find_key: FindKey) -> None:
        """Accept the temporary keys that are found by their IDs, too, until they expire."""
        self._verifier.find_key = find_key

    def serve_neighbour(self, hosts: Iterable[str], respond: Respond) -> None:
        """Let the proxy serve hosts of another service, too, from now on."""
        self._served |= dict.fromkeys(hosts, respond)

    def reset(self) -> None:
        """Empty the index and delete its files, forget tasks, faults and calls, and take back every change."""
        self._control.reset()

    def _listen(self, authority: Authority) -> Listener:
        self._stopping.clear()
        self._parts.index.load()
        return Proxy(
            self._name,
            self._respond_at_host,
            authority,
            self._port,
            hosts=self._served,
            respond_here=self._respond_here,
        )

    def _respond_at_host(self, request: Request, client: Client) -> Response | None:
        respond = self._served[request.host] or self._observe(self._player.respond)
        return respond(request, client)

    def _respond_here(self, request: Request, client: Client) -> Response | None:
        """Answer a request to the proxy's own address: the control API's, or that of a client without a proxy."""
        if request.path.startswith(CONTROL_PREFIX):
            return self._control.respond(request)
        host = find_meant_host(request, self._hosts, image_search_host(self.instance.region))
        return self._observe(self._player.respond)(dataclasses.replace(request, host=host), client)

    def _pause(self, seconds: float) -> None:
        """Wait for a latency, or until the service closes."""
        if seconds:
            self._stopping.wait(seconds)
