"""A local cloud with a lossy network between the function and everything that it calls: what both clouds share.

Queues hide records for up to half an hour, and a run lasts seconds: so what stands between queue and function makes
them visible again after a second, by the queue's own means, as if the time had passed. Receive counts are not touched.
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
from tests.chaos_real.lossy import Lossy
from tests.chaos_real.uploads import EXCLUDE, Upload

FUNCTION_SECONDS = 15.0
HIDDEN_SECONDS = 1
SETTINGS = {
    "INGEST_ADDS_PER_SECOND": "30",
    "INGEST_CONNECT_TIMEOUT_SECONDS": "1",
    "INGEST_EXCLUDE": EXCLUDE,
    "INGEST_BUCKET_TIMEOUT_SECONDS": "1",
    "INGEST_INSTANCE_TIMEOUT_SECONDS": "1",
}
# A standard output that can never be written to: a disk that is full, or a pipe that nobody reads.
_WITH_A_FULL_LOG = """
import os, runpy, sys
os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""


class Source(Protocol):
    """What takes records from the queue, and invokes a function with them."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def join(self) -> None: ...


@dataclass(frozen=True)
class Conditions:
    """``mean_bytes`` is how long connections live; each of ``sources`` has a function of its own, on the one queue."""

    mean_bytes: float = 8_000
    sources: int = 1
    full_log: bool = False


class Place(ABC):
    """A context manager: all of it is gone afterwards."""

    CLOUD: ClassVar[type[LocalCloud]]

    def __init__(self, rng: random.Random, conditions: Conditions, on_log: Callable[[str], None]) -> None:
        self.cloud: Any = self.CLOUD(SETTINGS, with_function=False, visibility_seconds=8)
        self.legs: dict[str, Lossy] = {}
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
        """The processes that live. May be asked while they change."""
        while True:
            try:
                return [process for function in self._functions for process in function.processes()]
            except RuntimeError:  # another thread has changed the set
                continue

    def heal(self) -> None:
        """What goes wrong ends."""
        for leg in self.legs.values():
            leg.heal()
        self.cloud.image_search.faults.clear()
        self.refuse_dead_letters(refused=False)

    def cut_off(self, *, down: bool) -> None:
        """The whole network, for the function; or back again."""
        for leg in self.legs.values():
            leg.down = down
            if down:
                leg.drop_all()

    @abstractmethod
    def announce(self, upload: Upload) -> None:
        """Once more, whatever has become of it since."""

    @abstractmethod
    def pending(self) -> int:
        """Records that are not settled, whether or not they are hidden."""

    @abstractmethod
    def refuse_dead_letters(self, *, refused: bool) -> None: ...

    @abstractmethod
    def _lossy_environ(self, stack: ExitStack) -> dict[str, str]:
        """The function's, with each leg through the relay."""

    @abstractmethod
    def _source(self, function: LocalFunction) -> Source: ...

    def _through(self, name: str, url: str, stack: ExitStack, **options: Any) -> str:
        """The same URL, through a relay."""
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        target = parts.hostname, parts.port
        rng = random.Random(self._rng.random())
        leg = self.legs[name] = Lossy(target, rng, mean_bytes=self._conditions.mean_bytes, **options)
        stack.callback(leg.close)
        return url.replace(f":{parts.port}", f":{leg.port}")

    def _start_source(self, environ: dict[str, str], stack: ExitStack) -> None:
        runtime = self.cloud.RUNTIME
        command = [sys.executable, "-c", _WITH_A_FULL_LOG, runtime.program] if self._conditions.full_log else []
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
