"""The ports of one worker: the shared fakes behind its calls, watched by the ledger."""

from dataclasses import dataclass, field

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.reconcile.ports import ImageIndex, ObjectStore
from tests.chaos.calls import Calls
from tests.chaos.ledger import Ledger


@dataclass(slots=True)
class WatchedStore:
    """An ``ObjectStore``. ``gone`` holds each invocation and key for which it answered that the object is gone."""

    store: ObjectStore
    calls: Calls
    gone: set[tuple[str, str]] = field(default_factory=set)

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        source = self.store.fetch(ref, max_bytes)
        if source is None:
            self.gone.add((self.calls.request_id, ref.key))
        return source

    def head(self, ref: ObjectRef) -> ObjectState | None:
        return self.store.head(ref)


@dataclass(slots=True)
class WatchedIndex:
    """An ``ImageIndex``. It complains about a delete unless the store answered that the object is gone."""

    index: ImageIndex
    store: WatchedStore
    ledger: Ledger

    def upload(self, image: bytes) -> Upload:
        return self.index.upload(image)

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        self.index.add(upload, request)

    def delete(self, request: DeleteImageRequest) -> None:
        key = request.pic_name
        if (self.store.calls.request_id, key) not in self.store.gone:
            self.ledger.complain(key, "its entry was to be deleted, but no answer said that the object is gone")
        self.index.delete(request)


@dataclass(slots=True)
class CheckedDeadLetters:
    """A ``DeadLetterQueue``. The ledger checks each letter when it is written."""

    queue: DeadLetterQueue
    ledger: Ledger

    def send(self, letter: DeadLetter) -> None:
        self.queue.send(letter)
        self.ledger.check_letter(letter)
