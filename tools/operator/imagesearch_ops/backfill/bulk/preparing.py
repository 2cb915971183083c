"""Do the function's own work on each object, with the staging bucket in the place of the index.

The reconciler of the library decides, reads, prepares and looks again, so that the pictures and their attributes are
those that the function would send.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage, Upload
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.as_announced import make_change
from imagesearch_ops.backfill.bulk.lines import NO_CROP, make_line, why_left
from imagesearch_ops.buckets.listing import CloudBucket
from imagesearch_ops.buckets.patience import StoppableClock
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.image_workers import ImageWorkers, count_cores
from imagesearch_ops.input_files import find_max_bytes
from imagesearch_ops.key_judge import KeyJudge, Refusal
from imagesearch_ops.room import ROOM_BYTES, Room

_THREADS_PER_CORE = 4  # they wait for the buckets most of the time
_WAITING_PER_THREAD = 8  # results that may wait for an earlier one
_OBJECT_SECONDS = 120.0
_REQUEST_SECONDS = 13.0  # connecting and reading, at most
_NO_LIMIT = 1e6  # a second: a bucket has no quota of adds

# Writes the bytes of a key into the staging bucket. Raises ``IngestError``.
Put = Callable[[str, bytes], None]


class Staged(NamedTuple):
    """What became of one object: refused by its key, left for another way, or reconciled.

    ``line`` is that of increment.meta, if the object is in the staging bucket.
    """

    listed: ListedObject
    refusal: Refusal | None = None
    left: str | None = None
    outcome: Outcome | None = None
    line: dict[str, Any] | None = None


class Stager:
    """Prepare objects, several at a time. Close it to stop everything that is under way."""

    def __init__(self, bucket: CloudBucket, run: str, settings: Settings, environ: Mapping[str, str], put: Put) -> None:
        self._bucket, self._run = bucket.name, run
        self._judge = KeyJudge(settings)
        self._workers = ImageWorkers(environ, settings.image_policy())
        self._clock = StoppableClock()
        self._index = _StagingIndex(put)
        self._threads = count_cores() * _THREADS_PER_CORE
        self._reconciler = self._build(bucket.store, settings)
        self._room = Room(ROOM_BYTES)
        self._executor = ThreadPoolExecutor(self._threads)

    def run(self, objects: Iterable[ListedObject]) -> Iterator[Staged]:
        """Yield what becomes of the objects, in their order."""
        waiting: deque[Future[Staged] | Staged] = deque()
        for listed in objects:
            waiting.append(self._begin(listed))
            if len(waiting) >= self._threads * _WAITING_PER_THREAD:
                yield _finish(waiting.popleft())
            while waiting and _is_done(waiting[0]):
                yield _finish(waiting.popleft())
        while waiting:
            yield _finish(waiting.popleft())

    def close(self) -> None:
        self._clock.stopped.set()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._workers.close()
        self._executor.shutdown()

    def _begin(self, listed: ListedObject) -> Future[Staged] | Staged:
        verdict = self._judge.judge(listed)
        if isinstance(verdict, Refusal):
            return Staged(listed, refusal=verdict)
        if why := why_left(listed.key):
            return Staged(listed, left=why)
        return self._executor.submit(self._stage, listed)

    def _stage(self, listed: ListedObject) -> Staged:
        ref = ObjectRef("alibaba", self._bucket, listed.key)
        with self._room.take(listed.size):
            deadline = Deadline.after(self._clock, _OBJECT_SECONDS)
            outcome = self._reconciler.reconcile(ref, deadline, [make_change(ref, self._run, size=listed.size)])
            found = self._index.take(listed.key)
        return Staged(listed, left=NO_CROP if found == {} else None, outcome=outcome, line=found or None)

    def _build(self, store: ObjectStore, settings: Settings) -> Reconciler:
        clock, rng = self._clock, random.Random()
        retry = Retrier(clock, rng, _REQUEST_SECONDS)
        return Reconciler(
            reader=BucketReader(store, retry, find_max_bytes(settings)),
            preparer=Preparer(
                settings.image_policy(),
                _PooledPreparer(self._workers),
                threading.BoundedSemaphore(self._threads),
            ),
            writer=IndexWriter(
                index=self._index,
                retry=retry,
                clock=clock,
                instance_name=settings.instance_name,
                add_limiter=RateLimiter(clock, rng, _NO_LIMIT),
                delete_limiter=RateLimiter(clock, rng, _NO_LIMIT),
            ),
            clock=clock,
            rule=settings.identity_rule(),
            default_attributes=settings.default_attributes(),
            attribute_policy=settings.attribute_policy(),
            bucket=settings.bucket,
        )


class _StagingIndex:
    """An ``ImageIndex`` that puts pictures into the staging bucket. It keeps the lines of the objects under way."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._lines: dict[str, dict[str, Any]] = {}

    def upload(self, image: bytes) -> Upload:  # noqa: ARG002 - the request of ``add`` has it too
        return Upload("")

    def add(self, upload: Upload, request: AddImageRequest) -> None:  # noqa: ARG002 - as above
        """Put the picture under its key, which PicName is. Remember its line; an empty one if no line can add it."""
        line = make_line(request)
        if line is not None:
            self._put(request.pic_name, request.pic_content)
        self._lines[request.pic_name] = line or {}

    def delete(self, request: DeleteImageRequest) -> None:
        """Leave the index as it is: the object's own event, or the look at the end, removes its entry."""
        self._lines.pop(request.pic_name, None)

    def take(self, key: str) -> dict[str, Any] | None:
        return self._lines.pop(key, None)


@dataclass(frozen=True, slots=True)
class _PooledPreparer:
    """An ``IsolatedPreparer`` with one child process a core."""

    workers: ImageWorkers

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:  # noqa: ARG002 - a worker has its own
        """Return the prepared image. Raise ``IngestError``."""
        with self.workers.take() as worker:
            outcome = worker.prepare(data)
        if isinstance(outcome, PreparedImage):
            return outcome
        raise outcome


def _is_done(one: Future[Staged] | Staged) -> bool:
    return isinstance(one, Staged) or one.done()


def _finish(one: Future[Staged] | Staged) -> Staged:
    return one if isinstance(one, Staged) else one.result()
