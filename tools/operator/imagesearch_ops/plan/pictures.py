"""Read objects and prepare their pictures, several at a time."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from imagesearch_ingest.adapters.errors import check_size
from imagesearch_ingest.attributes import collect
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.objects import SourceImage
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.settings import Settings
from imagesearch_ops.buckets.port import Bucket, ListedObject
from imagesearch_ops.image_workers import ImageWorkers, Outcome, Previews, count_cores
from imagesearch_ops.input_files import find_max_bytes
from imagesearch_ops.key_judge import KeyJudge, Refusal
from imagesearch_ops.plan.tally import NOT_READ, WOULD_ADD, WOULD_REJECT, WOULD_SKIP
from imagesearch_ops.room import ROOM_BYTES, Room

_READERS_PER_CORE = 4  # they wait for the bucket most of the time

_OUTCOMES = {
    Result.REJECTED: WOULD_REJECT,
    Result.SKIPPED: WOULD_SKIP,
    Result.DELETED: WOULD_SKIP,  # it is gone
    Result.FAILED: NOT_READ,
}

Line = dict[str, Any]


class Looked(NamedTuple):
    """What was found about one object of the sample, which has the number ``n``."""

    n: int
    line: Line
    previews: Previews
    fault: IngestError | None  # why nothing is known


class Pictures:
    """Look at objects. Close it to stop everything that is under way."""

    def __init__(
        self, bucket: Bucket, settings: Settings, workers: ImageWorkers, wants_previews: Callable[[Line], bool]
    ) -> None:
        self._bucket = bucket
        self._judge = KeyJudge(settings)
        self._policy, self._defaults = settings.attribute_policy(), settings.default_attributes()
        self._max_bytes = find_max_bytes(settings)
        self._workers = workers
        self._wants_previews = wants_previews
        self._room = Room(ROOM_BYTES)
        self._threads = count_cores() * _READERS_PER_CORE
        self._executor = ThreadPoolExecutor(self._threads)

    def run(self, objects: Iterable[tuple[int, ListedObject]]) -> Iterator[Looked]:
        """Yield what is found, in any order. Raise ``INTERNAL_ERROR`` if no child process can be started."""
        pending: set[Future[Looked]] = set()
        for n, listed in objects:
            pending.add(self._executor.submit(self._look, n, listed))
            if len(pending) >= self._threads:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._bucket.close()
        self._workers.close()
        self._executor.shutdown()

    def _look(self, n: int, listed: ListedObject) -> Looked:
        begun = time.perf_counter()
        verdict = self._judge.judge(listed)
        identity = verdict if isinstance(verdict, ImageIdentity) else None
        try:
            self._check_listed(listed, verdict)
            with self._room.take(listed.size):
                source = self._fetch(listed)
                self._check(source, listed, identity)
                return self._prepare(n, listed, identity, source.data, begun)
        except _ChildError as error:
            raise error.cause from None
        except IngestError as error:
            line = _describe(listed, identity, error.without_frames(), begun)
            return Looked(n, line, Previews(), error if error.reason.result is Result.FAILED else None)

    def _check_listed(self, listed: ListedObject, verdict: ImageIdentity | Refusal) -> None:
        """Raise ``IngestError`` for an object that the listing alone decides."""
        if isinstance(verdict, Refusal):  # the settings have changed since the listing
            raise IngestError(*verdict)
        if listed.is_archived:
            raise IngestError(Reason.OBJECT_ARCHIVED, f"its storage class is {listed.storage_class}")
        check_size(listed.size, self._max_bytes)

    def _fetch(self, listed: ListedObject) -> SourceImage:
        source = self._bucket.fetch(listed.key, self._max_bytes)
        if source is None:
            raise IngestError(Reason.GONE_BEFORE_INGEST, "the object was removed after it was listed")
        return source

    def _check(self, source: SourceImage, listed: ListedObject, identity: ImageIdentity | None) -> None:
        """Do what the function does between reading an object and preparing it (``Reconciler._add``)."""
        if not source.data and listed.key.endswith("/"):
            raise IngestError(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty")
        if source.link_target is not None and (why := self._judge.rule.why_excluded(source.link_target)):
            raise IngestError(Reason.EXCLUDED, f"it links to {source.link_target!r}: {why}")
        groups = identity.groups if identity else {}
        collect(source.state.metadata, groups, self._defaults, self._policy)

    def _prepare(
        self, n: int, listed: ListedObject, identity: ImageIdentity | None, data: bytes, begun: float
    ) -> Looked:
        try:
            with self._workers.take() as worker:
                outcome = worker.prepare(data)
                if isinstance(outcome, IngestError) and outcome.reason.result is Result.FAILED:
                    raise outcome
                line = _describe(listed, identity, outcome, begun)
                previews = worker.draw(data, outcome) if self._wants_previews(line) else Previews()
        except IngestError as error:
            raise _ChildError(error) from None
        return Looked(n, line, previews, None)


class _ChildError(Exception):
    """No child process prepares pictures. That is no fault of an object."""

    def __init__(self, cause: IngestError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _describe(listed: ListedObject, identity: ImageIdentity | None, outcome: Outcome, begun: float) -> Line:
    prepared = outcome if isinstance(outcome, PreparedImage) else None
    error = outcome if isinstance(outcome, IngestError) else None
    return {
        "key": listed.key,
        "bytes": listed.size,
        "etag": listed.etag or None,
        "outcome": _OUTCOMES[error.reason.result] if error else WOULD_ADD,
        "reason": error.reason.code if error else None,
        "detail": error.detail if error else None,
        "product_id": identity.product_id if identity else None,
        "pic_name": identity.pic_name if identity else None,
        "format": prepared.format if prepared else None,
        "width": prepared.width if prepared else None,
        "height": prepared.height if prepared else None,
        "bytes_out": len(prepared.data) if prepared else None,
        "steps": list(prepared.steps) if prepared else [],
        "ms": round((time.perf_counter() - begun) * 1000),
    }
