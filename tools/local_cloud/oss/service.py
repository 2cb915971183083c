"""The pieces put together, started and stopped."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from local_cloud.image_search.certificates import Authority
from local_cloud.image_search.connection import Services
from local_cloud.image_search.signatures import Credentials
from local_cloud.image_search.wire import Answer, Client, Request
from local_cloud.oss.connection import OssServer
from local_cloud.oss.errors import OssRefusal
from local_cloud.oss.faults import PAGE, Fault, Faults
from local_cloud.oss.model import Buckets, StoredObject
from local_cloud.oss.responses import Responses
from local_cloud.oss.signatures import SignatureVerifier
from local_cloud.oss.uploader import Uploader
from local_cloud.oss.wire import OssAnswer, place_of, refused

_REMEMBERED = 10_000


class OssService:
    """The local OSS of one region. ``start`` and ``close`` it, or use it as a context manager.

    ``on_event`` is given one event for each change, before its request is answered; it may be exchanged at any time.
    ``authority`` is for services that share one. ``denied`` are rights the key has not, such as "oss:GetObject".
    ``asked`` lists the latest that came: method and path.
    """

    def __init__(
        self,
        *,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        authority: Authority | None = None,
        port: int = 0,
        on_event: Callable[[dict[str, Any]], object] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.region = region
        self.on_event = on_event
        self.faults = Faults()
        self._authority = authority
        self._port = port
        self._buckets = Buckets(region)
        self._verifier = SignatureVerifier(Credentials(access_key_id, access_key_secret, security_token), region, clock)
        self._responses = Responses(self._buckets, self._verifier, clock, self._tell)
        self._asked: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()
        self._running: tuple[OssServer, Authority] | None = None
        self._cleanup = ExitStack()

    def start(self) -> None:
        """Serve in daemon threads. OSError when the port is busy."""
        with ExitStack() as cleanup:
            authority = self._authority or Authority(
                Path(cleanup.enter_context(TemporaryDirectory(prefix="local-oss-")))
            )
            server = OssServer(Services((), authority, self._answer, _no_control), self._port)
            cleanup.callback(server.close)
            self._cleanup = cleanup.pop_all()
        self._running = server, authority

    def close(self) -> None:
        """A second time does nothing."""
        self._running = None
        self._cleanup.close()

    @property
    def url(self) -> str:
        """The endpoint."""
        return self._ensure_started()[0].url

    @property
    def ca_path(self) -> Path:
        return self._ensure_started()[1].path

    @property
    def denied(self) -> set[str]:
        return self._responses.denied

    @property
    def asked(self) -> list[tuple[str, str]]:
        with self._lock:
            return list(self._asked)

    def expire_token(self) -> None:
        self._verifier.expired = True

    def make_bucket(self, name: str, region: str | None = None) -> None:
        """In another region than the service's, the bucket can only be pointed to."""
        self._buckets.make(name, region)

    def objects(self, bucket: str) -> list[StoredObject]:
        return self._buckets.find(bucket).objects()

    def uploader(self) -> Uploader:
        """What a person or another system would do, by the real SDK with the service's key."""
        return Uploader(self._verifier.credentials, self.region, self.url, self.ca_path)

    def reset(self) -> None:
        """No buckets, faults or list of requests; all rights, and a token that has time left."""
        self._buckets.clear()
        self.faults.clear()
        self.denied.clear()
        self._verifier.expired = False
        with self._lock:
            self._asked.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, event: dict[str, Any]) -> None:
        self.on_event(event)

    def _ensure_started(self) -> tuple[OssServer, Authority]:
        if self._running is None:
            raise RuntimeError("the local OSS is not started")
        return self._running

    def _answer(self, request: Request, client: Client) -> Answer | None:
        """``None``: the connection is reset."""
        with self._lock:
            self._asked.append((request.method, request.target))
        fault = self.faults.take(request.method, place_of(request).key)
        match fault.kind if fault else None:
            case None:
                return self._responses.answer(request)
            case "cut":
                return replace(self._responses.answer(request), sent=fault.sent if fault else None)
            case "stall" if fault and client.waits(fault.seconds):
                return self._responses.answer(request)
        return _played(fault, request) if fault else None


def _played(fault: Fault, request: Request) -> OssAnswer | None:
    match fault.kind:
        case "error":
            return refused(request, OssRefusal(fault.code, ec=fault.ec, status=fault.status))
        case "html":
            return OssAnswer(502, "text/html", PAGE)
        case "empty":
            return OssAnswer(200, "", b"")
    return None


def _no_control(request: Request) -> Answer:
    return refused(request, OssRefusal("MethodNotAllowed"))
