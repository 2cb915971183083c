"""The pieces put together, started and stopped."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from local_cloud.image_search.certificates import Authority
from local_cloud.image_search.connection import Services
from local_cloud.image_search.proxy import LOOPBACK
from local_cloud.image_search.signatures import Credentials
from local_cloud.image_search.wire import Answer, Client, Request
from local_cloud.smq.answers import SmqAnswer, answer_of
from local_cloud.smq.asking import read
from local_cloud.smq.faults import Fault, Faults
from local_cloud.smq.operations import Operations
from local_cloud.smq.queues import Attributes, Message, Queue
from local_cloud.smq.refusals import Refusal
from local_cloud.smq.server import SmqServer
from local_cloud.smq.signatures import verify

_PAGE = b"<html><head><title>Welcome</title></head><body><h1>Log in to the network</h1></body></html>"


class SmqService:
    """The local SMQ. ``start`` and ``close`` it, or use it as a context manager.

    Its certificate authority is that of ``state_dir``, made there if there is none, so that it can be the same as the
    local Image Search's. ``clock`` is what all of its times are read from. Tokens in ``expired_tokens`` were good once.
    """

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
        self.credentials = Credentials(access_key_id, access_key_secret, security_token)
        self.expired_tokens: set[str] = set()
        self.faults = Faults()
        self.calls: list[str] = []
        self._state_dir = state_dir
        self._port = port
        self._clock = clock
        self._queues: dict[str, Queue] = {}
        self._operations = Operations(self._queues, self._make)
        self._running: tuple[SmqServer, Authority] | None = None
        self._cleanup = ExitStack()

    def start(self) -> None:
        """Serves in daemon threads. ``OSError`` when the port is busy."""
        with ExitStack() as cleanup:
            folder = self._state_dir or Path(cleanup.enter_context(TemporaryDirectory(prefix="local-smq-")))
            authority = Authority(folder)
            server = SmqServer(Services((LOOPBACK,), authority, self._answer, self._refuse_plain), self._port)
            cleanup.callback(server.close)
            self._operations.url = server.url
            self._cleanup = cleanup.pop_all()
        self._running = server, authority

    def close(self) -> None:
        """A second time does nothing. The queues are kept, for a service that is started again."""
        self._running = None
        self._cleanup.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        return self._ensure_started()[0].url

    @property
    def ca_path(self) -> Path:
        return self._ensure_started()[1].path

    def queue_url(self, name: str) -> str:
        return f"{self.url}/queues/{name}"

    def create_queue(self, name: str, **attributes: int) -> Queue:
        """As a person does in the console; one that is there already is emptied. ``attributes`` are ``Attributes``'."""
        self._queues[name] = self._make(name, Attributes(**attributes))
        return self._queues[name]

    def queue(self, name: str) -> Queue:
        return self._queues[name]

    def messages(self, name: str) -> list[Message]:
        """All that a queue keeps, seen or not."""
        return self._queues[name].messages()

    def _make(self, name: str, attributes: Attributes) -> Queue:
        return Queue(name, self._clock, attributes)

    def _ensure_started(self) -> tuple[SmqServer, Authority]:
        if self._running is None:
            raise RuntimeError("the local SMQ is not started")
        return self._running

    def _answer(self, request: Request, client: Client) -> Answer | None:
        """``None`` resets the connection."""
        try:
            asked = read(request)
        except Refusal as refusal:
            return _refused(refusal)
        self.calls.append(asked.operation)
        fault = self.faults.take(asked.operation)
        return self._play(fault, request, client) if fault else self._act(request)

    def _play(self, fault: Fault, request: Request, client: Client) -> Answer | None:
        match fault.kind:
            case "error":
                return _refused(Refusal(fault.code, "Scripted.", fault.status or 500))
            case "html":
                return Answer(fault.status or 200, "text/html", _PAGE)
            case "stall" if client.waits(fault.seconds):
                return self._act(request)
            case "lost_answer":
                self._act(request)
        return None

    def _act(self, request: Request) -> SmqAnswer:
        try:
            verify(request, self.credentials, self.expired_tokens, self._clock())
            return self._operations.answer(read(request))
        except Refusal as refusal:
            return _refused(refusal)

    def _refuse_plain(self, _: Request) -> Answer:
        raise AssertionError("unreachable: nothing here is without TLS")


def _refused(refusal: Refusal) -> SmqAnswer:
    return answer_of(refusal.status, refusal.body())
