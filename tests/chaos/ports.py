"""The ports of one worker, over the world that it shares with the others."""

from dataclasses import dataclass, field

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason
from tests.chaos.bucket import Bucket, Version
from tests.chaos.calls import Calls
from tests.chaos.faults import Port
from tests.chaos.instance import Instance
from tests.chaos.ledger import Ledger
from tests.chaos.smq import Smq
from tests.chaos.sqs import Sqs


@dataclass(slots=True)
class Store:
    """An ``ObjectStore``. ``gone`` are the keys that it has said to be gone."""

    calls: Calls
    bucket: Bucket
    gone: set[tuple[str, str]] = field(default_factory=set)
    last_key: str = ""

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        self.last_key = ref.key
        version = self.calls.call(Port.FETCH, ref.key, lambda: self._current(ref))
        if version is None or version.source is None:
            self.gone.add((self.calls.request_id, ref.key))
            return None
        if len(version.source.data) > max_bytes:
            raise IngestError(Reason.OBJECT_TOO_LARGE, f"{len(version.source.data)} bytes")
        return version.source

    def head(self, ref: ObjectRef) -> ObjectState | None:
        version = self.calls.call(Port.HEAD, ref.key, lambda: self._current(ref))
        return version.state if version else None

    def _current(self, ref: ObjectRef) -> Version | None:
        if ref.bucket != self.bucket.name:
            raise IngestError(Reason.BUCKET_MISSING, ref.bucket, service_code="NoSuchBucket")
        return self.bucket.current(ref.key)


@dataclass(slots=True)
class Index:
    """An ``ImageIndex``. An entry is removed only for whom the store has told that its object is gone."""

    calls: Calls
    instance: Instance
    store: Store
    ledger: Ledger
    uploads: dict[str, bytes] = field(default_factory=dict)

    def upload(self, image: bytes) -> Upload:
        """A worker here handles one object at a time, so the upload belongs to the object that was read last."""
        self.calls.call(Port.UPLOAD, self.store.last_key, lambda: None)
        upload = Upload(f"memory:{len(self.uploads)}")
        self.uploads[upload.url] = image
        return upload

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        """Add what was uploaded, whatever the request holds."""
        uploaded = request.model_copy(update={"pic_content": self.uploads[upload.url]})
        self.calls.call(Port.ADD, request.pic_name, lambda: self._add(uploaded))

    def delete(self, request: DeleteImageRequest) -> None:
        key = request.pic_name
        if (self.calls.request_id, key) not in self.store.gone:
            self.ledger.complain(key, "its entry was to be removed, though nobody had said that it is gone")
        self.calls.call(Port.DELETE, key, lambda: self._delete(request))

    def _add(self, request: AddImageRequest) -> None:
        self.instance.add(request)
        self.calls.journal.changed(self.calls.request_id, request.pic_name)

    def _delete(self, request: DeleteImageRequest) -> None:
        self.instance.delete(request)
        self.calls.journal.changed(self.calls.request_id, request.pic_name)


@dataclass(slots=True)
class DeadLetters:
    """A ``DeadLetterQueue``: the ledger reads what is written, at the instant when it is."""

    calls: Calls
    ledger: Ledger

    def send(self, letter: DeadLetter) -> None:
        key = letter.source.key if letter.source else ""
        self.calls.call(Port.LETTER, key, lambda: self.ledger.letter(letter))


@dataclass(slots=True)
class EventQueue:
    calls: Calls
    sqs: Sqs

    def ack(self, receipt: str) -> None:
        self.calls.call(Port.ACKNOWLEDGE, "", lambda: self.sqs.delete(receipt))

    def defer(self, receipt: str, seconds: int) -> None:
        self.calls.call(Port.DEFER, "", lambda: self.sqs.defer(receipt, seconds))


@dataclass(slots=True)
class RetryQueue:
    calls: Calls
    smq: Smq

    def requeue(self, body: str, seconds: int) -> None:
        self.calls.call(Port.AGAIN, "", lambda: self.smq.send(body, seconds))
