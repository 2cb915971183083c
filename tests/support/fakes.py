"""Fakes of the ports. They keep state and pass the same contract tests as the real adapters (tests/contract)."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import count

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.dead_letters import DeadLetter, Origin
from imagesearch_ingest.dead_letters.letter import Function, Target, Upstream
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage, Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason
from tests.support.faults import Faults
from tests.support.queues import FakeEventQueue, FakeRetryQueue

__all__ = [
    "ORIGIN",
    "FakeDeadLetterQueue",
    "FakeEventQueue",
    "FakeImageIndex",
    "FakeIsolatedPreparer",
    "FakeObjectStore",
    "FakeReporter",
    "FakeRetryQueue",
    "Faults",
    "FixedCredentials",
    "InlineExecutor",
    "VirtualClock",
    "a_letter",
]

ORIGIN = Origin("demo", "ap-southeast-1", "ingest", "7", "abcdef123456", "fedcba654321", "112233445566")


def a_letter(**fields: object) -> DeadLetter:
    """Return a dead letter with every required field."""
    least = {
        "record_id": "abc",
        "code": "corrupt_image",
        "fault_class": "permanent",
        "stage": "prepare",
        "message": "cut short",
        "hint": "Upload it again.",
        "docs_url": "docs/reasons.md#corrupt_image",
        "index_holds": "previous",
        "source": None,
        "target": Target(instance="demo", region="ap-southeast-1"),
        "image": None,
        "upstream": Upstream(),
        "receive_count": 1,
        "retries": 0,
        "first_received_at": None,
        "failed_at": "2026-01-01T00:00:00Z",
        "function": Function(name="ingest", version="7", request_id="request-1"),
        "pipeline_fingerprint": "abcdef123456",
        "original_event": "{}",
    }
    return DeadLetter(**least | fields)


class VirtualClock:
    """A ``Clock`` whose time passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class InlineExecutor:
    """An ``Executor`` that runs each call at once, in the caller's thread."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class FakeObjectStore:
    """An ``ObjectStore`` with its buckets in a dictionary. All objects have the same time of modification."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, SourceImage]] = {}
        self.faults = Faults()

    def put(self, bucket: str, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        state = ObjectState(f"etag-{hash(data)}", None, "2026-01-01T00:00:00", len(data), metadata or {})
        self.buckets.setdefault(bucket, {})[key] = SourceImage(data, state)

    def remove(self, bucket: str, key: str) -> None:
        self.buckets[bucket].pop(key, None)

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        self.faults.play("fetch")
        source = self._find(ref)
        if source and len(source.data) > max_bytes:
            raise IngestError(Reason.OBJECT_TOO_LARGE, f"{len(source.data)} bytes")
        return source

    def head(self, ref: ObjectRef) -> ObjectState | None:
        self.faults.play("head")
        source = self._find(ref)
        return source.state if source else None

    def _find(self, ref: ObjectRef) -> SourceImage | None:
        if ref.bucket not in self.buckets:
            raise IngestError(Reason.BUCKET_MISSING, ref.bucket, service_code="NoSuchBucket")
        return self.buckets[ref.bucket].get(ref.key)


class FakeImageIndex:
    """An ``ImageIndex`` with its entries in a dictionary, under their IDs. Safe for several threads at once."""

    def __init__(self, instance_name: str = "demo") -> None:
        self.instance_name = instance_name
        self.entries: dict[tuple[str, str], AddImageRequest] = {}
        self.uploads: dict[str, bytes] = {}
        self.faults = Faults()
        self.adds = 0
        self._numbers = count()

    def upload(self, image: bytes) -> Upload:
        self.faults.play("upload")
        url = f"memory:{next(self._numbers)}"
        self.uploads[url] = image
        return Upload(url)

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        self.adds += 1
        self.faults.play("add")
        self._check(request.instance_name)
        picture = self.uploads[upload.url]
        self.entries[request.product_id, request.pic_name] = request.model_copy(update={"pic_content": picture})

    def delete(self, request: DeleteImageRequest) -> None:
        self.faults.play("delete")
        self._check(request.instance_name)
        self.entries.pop((request.product_id, request.pic_name), None)

    def _check(self, instance_name: str) -> None:
        if instance_name != self.instance_name:
            raise IngestError(Reason.INSTANCE_UNAVAILABLE, instance_name, service_code="InvalidInstance")


class FakeIsolatedPreparer:
    """An ``IsolatedPreparer`` that calls ``run`` in this process. ``seconds`` holds the time limit of each call."""

    def __init__(self, run: Callable[[bytes, Policy], PreparedImage] = prepare) -> None:
        self.seconds: list[float] = []
        self._run = run
        self.faults = Faults()

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        self.seconds.append(seconds)
        self.faults.play("prepare")
        if seconds <= 0:
            raise IngestError(Reason.NOT_BEGUN, "no time")
        return self._run(data, policy)


class FakeDeadLetterQueue:
    """A ``DeadLetterQueue`` with its letters in a list."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.faults = Faults()

    def send(self, letter: DeadLetter) -> None:
        self.faults.play("send")
        self.letters.append(letter)


class FixedCredentials:
    """A ``CredentialSource``. The first fresh read finds ``renewed``, which all later reads return."""

    def __init__(self, credentials: Credentials, renewed: Credentials | None = None) -> None:
        self.credentials = credentials
        self.renewed = renewed
        self.fresh_reads = 0

    def get(self, *, fresh: bool = False) -> Credentials:
        self.fresh_reads += fresh
        if fresh and self.renewed:
            self.credentials = self.renewed
        return self.credentials


class FakeReporter:
    """A ``Reporter`` with its outcomes in a list."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.dead_lettered: list[bool] = []
        self.batches = 0

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,  # noqa: ARG002 - as in the port
        *,
        request_id: str,  # noqa: ARG002 - as in the port
        dead_lettered: bool,
        fault: IngestError | None,  # noqa: ARG002 - as in the port
    ) -> None:
        self.outcomes.append(outcome)
        self.dead_lettered.append(dead_lettered)

    def batch_done(self) -> None:
        self.batches += 1
