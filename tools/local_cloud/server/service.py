"""Start and stop a stand-in."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from local_cloud.server.certificates import Authority
from local_cloud.server.connection import Respond
from local_cloud.server.listener import Listener
from local_cloud.server.wire import Client, Request, Response


class LocalService(ABC):
    """A stand-in on a port of 127.0.0.1. Call ``start`` and ``close``, or use it as a context manager.

    The certificate authority is in ``state_dir``, created there if missing, so services with the same folder share it.
    Without a folder, it is in a temporary one. ``port`` 0 picks a free port. ``on_request`` is told of each request
    before it is answered; it may be replaced at any time.
    """

    def __init__(self, name: str, *, state_dir: Path | None, port: int) -> None:
        self._name = name
        self._state_dir = state_dir
        self._port = port
        self.on_request: Callable[[Request], object] = lambda _: None
        self._running: tuple[Listener, Authority] | None = None
        self._cleanup = ExitStack()

    def start(self) -> None:
        """Serve in daemon threads. Raise ``OSError`` if the port is taken."""
        with ExitStack() as cleanup:
            folder = self._state_dir or Path(cleanup.enter_context(TemporaryDirectory(prefix=f"{self._name}-")))
            authority = self._make_authority(folder)
            listener = self._listen(authority)
            cleanup.callback(listener.close)
            self._cleanup = cleanup.pop_all()
        self._running = listener, authority

    def close(self) -> None:
        """Stop serving. Only ``state_dir`` is left, and the service can be started again."""
        self._running = None
        self._cleanup.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        return self._require_running()[0].url

    @property
    def ca_path(self) -> Path:
        """The certificate of the authority, in PEM."""
        return self._require_running()[1].path

    def _observe(self, respond: Respond) -> Respond:
        """Return a function that tells ``on_request`` of each request, too."""

        def respond_observed(request: Request, client: Client) -> Response | None:
            self.on_request(request)
            return respond(request, client)

        return respond_observed

    def _make_authority(self, folder: Path) -> Authority:
        return Authority(folder)

    @abstractmethod
    def _listen(self, authority: Authority) -> Listener:
        """Open the port and return its listener."""

    def _require_running(self) -> tuple[Listener, Authority]:
        if self._running is None:
            raise RuntimeError(f"{self._name} is not started")
        return self._running
