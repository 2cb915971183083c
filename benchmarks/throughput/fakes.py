"""Bucket, instance and queue in this process: each request is a sleep; the limiter is the local service's own.

In the place of TLS and of the local cloud's servers, which two cores hardly carry at fifty a second.
"""

import math
import random
import threading
import time
from collections import deque

from benchmarks.throughput.scenarios import Scenario
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage, Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.outcomes import Outcome
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.rate_limit import make_limiter

FETCH_SECONDS, LOOK_SECONDS, QUEUE_SECONDS, PREPARE_SECONDS = 0.03, 0.015, 0.01, 0.01
ONE_WAY = 0.1  # of a leg's latency: until the service sees the call
SPREAD = 0.2  # of the logarithm of each latency
_STATE = ObjectState("etag", None, "2026-01-01T00:00:00", 100_000)
_PREPARED = PreparedImage(b"picture", "JPEG", 640, 480, "JPEG", 640, 480, 640, 480, (0, 0, 640, 480), 100_000, ())


def pass_time(seconds: float) -> None:
    """About so long: latencies are never equal, nor below nothing."""
    time.sleep(seconds * random.lognormvariate(0, SPREAD))


class Bucket:
    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage:  # noqa: ARG002 - the port's
        pass_time(FETCH_SECONDS)
        return SourceImage(b"picture", _STATE)

    def head(self, ref: ObjectRef) -> ObjectState:  # noqa: ARG002 - the port's
        pass_time(LOOK_SECONDS)
        return _STATE


class FakePreparer:
    """As long as a picture that conforms takes; one at a time in a worker, as the journey has it."""

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:  # noqa: ARG002 - the port's
        pass_time(PREPARE_SECONDS)
        return _PREPARED


class Instance:
    """``calls`` are AddImage's, by when the instance saw them, with its answers' codes."""

    def __init__(self, scenario: Scenario) -> None:
        self._latencies = scenario.latencies
        self._limiter = make_limiter(scenario.limiter, scenario.quota, time.time)
        self.calls: list[tuple[float, str]] = []
        self.entries: set[str] = set()

    def upload(self, image: bytes) -> Upload:
        pass_time(self._latencies["authorize"])
        pass_time(self._latencies["upload"])
        return Upload(f"memory:{len(image)}")

    def add(self, upload: Upload, request: AddImageRequest) -> None:  # noqa: ARG002 - the port's
        pass_time(self._latencies["add"] * ONE_WAY)
        try:
            with self._limiter.admit():
                self.calls.append((time.time(), "OK"))
                pass_time(self._latencies["add"] * (1 - ONE_WAY))
        except ApiError as refusal:
            self.calls.append((time.time(), refusal.code))
            raise error_for_code(refusal.code, "AddImage") from refusal
        self.entries.add(request.pic_name)

    def delete(self, request: DeleteImageRequest) -> None:
        raise NotImplementedError(request)


class Queue:
    """Messages by the time from which they can be received; what nobody deletes comes again."""

    def __init__(self, keys: list[str], visibility_seconds: float) -> None:
        self._lock = threading.Lock()
        self._visibility_seconds = visibility_seconds
        self._visible = deque(keys)
        self._hidden: dict[str, float] = {}
        self.receives: dict[str, int] = {}

    def receive(self, most: int) -> list[str]:
        with self._lock:
            now = time.monotonic()
            back = [key for key, until in self._hidden.items() if until <= now]
            self._visible.extend(back)
            taken = [self._visible.popleft() for _ in range(min(most, len(self._visible)))]
            for key in back:
                del self._hidden[key]
            for key in taken:
                self._hidden[key] = now + self._visibility_seconds
                self.receives[key] = self.receives.get(key, 0) + 1
        return taken

    def ack(self, receipt: str) -> None:
        pass_time(QUEUE_SECONDS)
        with self._lock:
            self._hidden.pop(receipt, None)

    def defer(self, receipt: str, seconds: int) -> None:
        pass_time(QUEUE_SECONDS)
        with self._lock:
            self._hidden[receipt] = time.monotonic() + seconds

    def left(self) -> set[str]:
        return {*self._visible, *self._hidden}

    def seconds_until_more(self) -> float:
        with self._lock:
            return 0.0 if self._visible else min(self._hidden.values(), default=math.inf) - time.monotonic()


class Letters:
    def __init__(self) -> None:
        self.keys: set[str] = set()

    def send(self, letter: DeadLetter) -> None:
        pass_time(QUEUE_SECONDS)
        if letter.source and letter.source.key:
            self.keys.add(letter.source.key)


class Silence:
    """A reporter that reports nothing."""

    def object_done(
        self, outcome: Outcome, record: EventRecord, *, request_id: str, dead_lettered: bool, fault: IngestError | None
    ) -> None: ...

    def batch_done(self) -> None: ...
