"""The pieces put together, started and stopped."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from local_cloud.image_search.certificates import Authority
from local_cloud.image_search.connection import Services
from local_cloud.image_search.control import Control
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.model import Entry, Index, Instance
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.proxy import Proxy
from local_cloud.image_search.rate_limit import TokenBucket, make_limiter
from local_cloud.image_search.responses import Responses
from local_cloud.image_search.script import Call, Script
from local_cloud.image_search.signatures import Credentials, SignatureVerifier
from local_cloud.image_search.storage import FolderStorage
from local_cloud.image_search.uploads import Uploads
from local_cloud.image_search.wire import OPEN_PLATFORM_HOST, UPLOAD_HOSTS, image_search_host

# DeleteImage reference: 20 calls a second, whatever the instance.
DELETE_RATE = 20.0
INDEX_FOLDER = "index"


class ImageSearchService:
    """The local Image Search. ``start`` and ``close`` it, or use it as a context manager.

    ``rate`` is AddImage's, in calls a second; ``capacity`` is in pictures. With ``state_dir`` the certificate authority
    and the index are kept there, and found again by the next service. With ``security_token`` every call must carry it.
    With ``accelerate`` clients are told that they may upload by OSS's transfer acceleration. ``clock_skew`` is by how
    many seconds its clock is ahead of everybody's, and may be changed at any time.
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
        self.faults = Faults()
        self.clock_skew = 0.0
        self._state_dir = state_dir
        self._port = port
        self._hosts = (OPEN_PLATFORM_HOST, *UPLOAD_HOSTS, image_search_host(region))
        storage = None if state_dir is None else FolderStorage(state_dir / INDEX_FOLDER)
        self._index = Index(Instance(instance, region, capacity, rate, created=clock()), storage)
        self._stopping = threading.Event()
        uploads = Uploads()

        def own_clock() -> float:
            return clock() + self.clock_skew

        responses = Responses(
            index=self._index,
            uploads=uploads,
            policies=PostPolicies(own_clock),
            verifier=SignatureVerifier(Credentials(access_key_id, access_key_secret, security_token), own_clock),
            limiters={"add": make_limiter(limiter, rate, clock), "delete": TokenBucket(DELETE_RATE, clock)},
            delay=lambda leg: self._pause(self.faults.latency(leg)),
            accelerate=accelerate,
        )
        self._script = Script(self.faults, responses.answer, clock)
        self._control = Control(self._index, uploads, self.faults, self._script)
        self._running: tuple[Proxy, Authority] | None = None
        self._cleanup = ExitStack()

    def start(self) -> None:
        """Serve in daemon threads. OSError when the port is busy."""
        self._stopping.clear()
        with ExitStack() as cleanup:
            folder = self._state_dir or Path(cleanup.enter_context(TemporaryDirectory(prefix="local-image-search-")))
            authority = Authority(folder)
            self._index.load()
            proxy = Proxy(Services(self._hosts, authority, self._script.answer, self._control.answer), self._port)
            cleanup.callback(proxy.close)
            self._cleanup = cleanup.pop_all()
        self._running = proxy, authority

    def close(self) -> None:
        """Stop, and leave nothing behind but ``state_dir``. A second time does nothing."""
        self._stopping.set()
        self._running = None
        self._cleanup.close()

    @property
    def proxy_url(self) -> str:
        return self._ensure_started()[0].url

    @property
    def ca_path(self) -> Path:
        return self._ensure_started()[1].path

    @property
    def calls(self) -> list[Call]:
        return self._script.calls()

    def entries(self) -> list[Entry]:
        return self._index.entries()

    def reset(self) -> None:
        """Empty the index with its files, the uploads, the faults, the latencies and the list of calls."""
        self._control.reset()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _ensure_started(self) -> tuple[Proxy, Authority]:
        if self._running is None:
            raise RuntimeError("the local Image Search is not started")
        return self._running

    def _pause(self, seconds: float) -> None:
        """A latency; cut short when the service closes."""
        if seconds:
            self._stopping.wait(seconds)
