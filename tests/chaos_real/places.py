"""A local cloud with a lossy network between the function and all services, for both clouds.

Queues defer records for up to half an hour, but a run lasts seconds. So deferred records become visible after a second,
by a request to the queue. Receive counts are not changed.
"""

import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import urlsplit

from local_cloud.clouds.cloud import LocalCloud
from local_cloud.runtimes.function import LocalFunction
from tests.chaos_real.lossy import LossyRelay
from tests.chaos_real.uploads import EXCLUDE, Upload

FUNCTION_SECONDS = 15.0
MAX_DEFER_SECONDS = 1
SETTINGS = {
    "INGEST_ADDS_PER_SECOND": "30",
    "INGEST_CONNECT_TIMEOUT_SECONDS": "1",
    "INGEST_EXCLUDE": EXCLUDE,
    "INGEST_BUCKET_TIMEOUT_SECONDS": "1",
    "INGEST_INSTANCE_TIMEOUT_SECONDS": "1",
}
# A standard output to which every write fails, as with a full disk.
_RUN_WITH_FULL_LOG = """
import os, runpy, sys
os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""


class Source(Protocol):
    """An event source: it receives records from the queue and invokes a function with them."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def join(self) -> None: ...


@dataclass(frozen=True)
class Conditions:
    """``mean_bytes`` is as in ``LossyRelay``. Each of ``sources`` reads the same queue for another function."""

    mean_bytes: float = 8_000
    sources: int = 1
    full_log: bool = False


class Place(ABC):
    """A context manager that removes the cloud, its relays and its functions at the end."""

    CLOUD: ClassVar[type[LocalCloud]]

    def __init__(self, rng: random.Random, conditions: Conditions, on_log: Callable[[str], None]) -> None:
        self.cloud: Any = self.CLOUD(SETTINGS, with_function=False, visibility_seconds=8)
        self.legs: dict[str, LossyRelay] = {}
        self._functions: list[LocalFunction] = []
        self._rng, self._conditions, self._on_log = rng, conditions, on_log
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.cloud)
            environ = self._lossy_environ(stack)
            for _ in range(self._conditions.sources):
                self._start_source(environ, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def workers(self) -> list[Any]:
        """Return the running processes. Safe while they change."""
        while True:
            try:
                return [process for function in self._functions for process in function.processes()]
            except RuntimeError:  # another thread has changed the set
                continue

    def heal(self) -> None:
        """End all faults."""
        for leg in self.legs.values():
            leg.heal()
        self.cloud.image_search.faults.clear()
        self.refuse_dead_letters(refused=False)

    def cut_off(self, *, down: bool) -> None:
        """Cut the function off from the network, or connect it again."""
        for leg in self.legs.values():
            leg.down = down
            if down:
                leg.drop_all()

    @abstractmethod
    def announce(self, upload: Upload) -> None:
        """Announce an upload once more, even if the object has changed since."""

    @abstractmethod
    def pending(self) -> int:
        """Return how many records are not settled, visible or not."""

    @abstractmethod
    def refuse_dead_letters(self, *, refused: bool) -> None: ...

    @abstractmethod
    def _lossy_environ(self, stack: ExitStack) -> dict[str, str]:
        """Return the function's environment, with a relay on each leg."""

    @abstractmethod
    def _source(self, function: LocalFunction) -> Source: ...

    def _through(self, name: str, url: str, stack: ExitStack, **options: Any) -> str:
        """Start a relay, and return the URL that leads through it."""
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        target = parts.hostname, parts.port
        rng = random.Random(self._rng.random())
        leg = self.legs[name] = LossyRelay(target, rng, mean_bytes=self._conditions.mean_bytes, **options)
        stack.callback(leg.close)
        return url.replace(f":{parts.port}", f":{leg.port}")

    def _start_source(self, environ: dict[str, str], stack: ExitStack) -> None:
        runtime = self.cloud.RUNTIME
        command = [sys.executable, "-c", _RUN_WITH_FULL_LOG, runtime.program] if self._conditions.full_log else []
        function = LocalFunction(
            self.cloud.FUNCTION_ROOT,
            environ,
            runtime=runtime,
            command=command,
            timeout_seconds=FUNCTION_SECONDS,
            on_log=self._on_log,
        )
        source = self._source(function)
        self._functions.append(function)
        for ending in (source.join, function.close, source.stop):  # called last to first
            stack.callback(ending)
        source.start()
