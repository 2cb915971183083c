"""The shared fakes of the ports, slowed down: each request takes about as long as a real one.

TLS and the servers of the local cloud are left out: at fifty requests a second, two cores cannot run them as well.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.throughput.scenarios import Scenario
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage, Upload
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.rate_limit import make_limiter
from tests.support.fakes import FakeImageIndex
from tests.support.intercepted import Operation

R = TypeVar("R")

PREPARE_SECONDS = 0.01  # an image that passes through
ONE_WAY = 0.1  # share of an add's latency that passes until the service sees the call
SPREAD = 0.2  # standard deviation of the logarithm of each latency
_CLOUD_SECONDS = {
    Operation.FETCH: 0.03,
    Operation.HEAD: 0.015,
    Operation.SEND_LETTER: 0.01,
    Operation.ACK: 0.01,
    Operation.DEFER: 0.01,
}
_PREPARED = PreparedImage(b"picture", "JPEG", 640, 480, "JPEG", 640, 480, 640, 480, (0, 0, 640, 480), 100_000, ())


def pass_time(seconds: float) -> None:
    """Sleep for about ``seconds``: latencies vary, and are never negative."""
    time.sleep(seconds * random.lognormvariate(0, SPREAD))


def prepare_slowly(data: bytes, policy: Policy) -> PreparedImage:  # noqa: ARG001 - as in ``images.prepare``
    """Return a prepared image after as long as a real one takes."""
    pass_time(PREPARE_SECONDS)
    return _PREPARED


@dataclass(frozen=True, slots=True)
class Latency:
    """An ``Interceptor`` that delays each call. ``legs`` holds the seconds of the requests to Image Search."""

    legs: Mapping[str, float]

    def __call__(self, operation: Operation, key: str, act: Callable[[], R]) -> R:  # noqa: ARG002 - as in the protocol
        """Wait, then act."""
        if operation is Operation.UPLOAD:
            pass_time(self.legs["authorize"])
            pass_time(self.legs["upload"])
        elif operation is Operation.ADD:
            pass_time(self.legs["add"] * ONE_WAY)
        else:
            pass_time(_CLOUD_SECONDS[operation])
        return act()


class RateLimitedIndex:
    """An ``ImageIndex`` behind the rate limiter of the local cloud. ``calls`` holds each add's time and code."""

    def __init__(self, scenario: Scenario) -> None:
        self.index = FakeImageIndex()
        self.calls: list[tuple[float, str]] = []
        self._seconds = scenario.latencies["add"] * (1 - ONE_WAY)
        self._limiter = make_limiter(scenario.limiter, scenario.quota, time.time)

    @property
    def pic_names(self) -> set[str]:
        """Return the names of all entries."""
        return {pic_name for _, pic_name in self.index.entries}

    def upload(self, image: bytes) -> Upload:
        """Upload at once: uploads have no quota."""
        return self.index.upload(image)

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        """Add within the quota. Raise ``IngestError`` over it."""
        try:
            with self._limiter.admit():
                self.calls.append((time.time(), "OK"))
                pass_time(self._seconds)
        except ApiError as refusal:
            self.calls.append((time.time(), refusal.code))
            raise error_for_code(refusal.code, "AddImage") from refusal
        self.index.add(upload, request)

    def delete(self, request: DeleteImageRequest) -> None:
        """Delete at once: the benchmark measures adds."""
        self.index.delete(request)
