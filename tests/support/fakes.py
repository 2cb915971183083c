"""Fakes of the ports: they keep state, and pass the same contract suite as the real adapters (tests/contract)."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

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

ORIGIN = Origin("demo", "ap-southeast-1", "ingest", "7", "abcdef123456")


def a_letter(**fields: object) -> DeadLetter:
    """One that has all there must be."""
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
    """Time passes only by sleeping, and at once."""

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
    """Runs what is submitted at once, in the caller's thread."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Faults:
    """What a fake raises at its next calls, by method; anything may happen just before a call, too."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[IngestError | Callable[[], None]]] = defaultdict(list)

    def script(self, method: str, *steps: IngestError | Callable[[], None]) -> None:
        self._scripts[method] += steps

    def play(self, method: str) -> None:
        steps = self._scripts[method]
        if not steps:
            return
        step = steps.pop(0)
        if isinstance(step, IngestError):
            raise step
        step()


class FakeObjectStore:
    """Buckets in a dictionary, in which all is done within one second."""

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
    """An instance's entries in a dictionary, under their ids."""

    def __init__(self, instance_name: str = "demo") -> None:
        self.instance_name = instance_name
        self.entries: dict[tuple[str, str], AddImageRequest] = {}
        self.uploads: dict[str, bytes] = {}
        self.faults = Faults()
        self.adds = 0

    def upload(self, image: bytes) -> Upload:
        self.faults.play("upload")
        url = f"memory:{len(self.uploads)}"
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
    """In this process after all, but it knows what it was given."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.faults = Faults()

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        self.seconds.append(seconds)
        self.faults.play("prepare")
        if seconds <= 0:
            raise IngestError(Reason.NOT_BEGUN, "no time")
        return prepare(data, policy)


class FakeDeadLetterQueue:
    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.faults = Faults()

    def send(self, letter: DeadLetter) -> None:
        self.faults.play("send")
        self.letters.append(letter)


class FakeEventQueue:
    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.hidden: dict[str, int] = {}
        self.faults = Faults()

    def ack(self, receipt: str) -> None:
        self.faults.play("delete")
        self.deleted.append(receipt)

    def defer(self, receipt: str, seconds: int) -> None:
        self.faults.play("defer")
        self.hidden[receipt] = seconds


class FakeRetryQueue:
    """What was sent again, and after how many seconds it is to be received."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.faults = Faults()

    def requeue(self, body: str, seconds: int) -> None:
        self.faults.play("requeue")
        self.sent.append((body, seconds))


class FixedCredentials:
    """A ``CredentialSource``. ``renewed`` are found by the first look past the caches; then they are the ones."""

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
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.dead_lettered: list[bool] = []
        self.batches = 0

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,  # noqa: ARG002 - the protocol's
        *,
        request_id: str,  # noqa: ARG002 - the protocol's
        dead_lettered: bool,
        fault: IngestError | None,  # noqa: ARG002 - the protocol's
    ) -> None:
        self.outcomes.append(outcome)
        self.dead_lettered.append(dead_lettered)

    def batch_done(self) -> None:
        self.batches += 1
