"""What the journey needs of the world. Adapters implement these for each cloud; tests have fakes that keep state.

Every method makes one attempt and raises ``IngestError``; repeating is the caller's business (``retrying.py``).
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import ParamSpec, Protocol, TypeVar

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.images import Policy, PreparedImage
from imagesearch_ingest.objects import ObjectRef, ObjectState, SourceImage

P = ParamSpec("P")
R = TypeVar("R")


class ObjectStore(Protocol):
    """The bucket, read only."""

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        """The object as it is now; ``None`` only when the store says that there is no such key in an existing bucket.

        An object of more than ``max_bytes`` raises ``OBJECT_TOO_LARGE`` before its bytes are read.
        """
        ...

    def look(self, ref: ObjectRef) -> ObjectState | None:
        """Which content the key has now, without its bytes; ``None`` as in ``fetch``."""
        ...


class ImageIndex(Protocol):
    """The Image Search instance."""

    def add(self, request: AddImageRequest, before_the_last: Callable[[], None] = lambda: None) -> Mapping[str, int]:
        """Puts the picture under its ids, over one that is there already.

        Calls ``before_the_last`` when all is done but the one request that the instance's quota counts. Returns how
        many milliseconds each request took, by their names, in their order.
        """
        ...

    def delete(self, request: DeleteImageRequest) -> None:
        """Removes one picture. One that is not there is no error (DeleteImage reference)."""
        ...


class IsolatedPreparer(Protocol):
    """``images.prepare`` where nothing that a picture does to it can harm the worker."""

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        """Raises what ``images.prepare`` raises; ``WORKER_CRASH`` for a picture that killed what prepared it, or took
        far too long; ``NOT_BEGUN`` when ``seconds`` have passed before that could be said of it.
        """
        ...


class DeadLetterQueue(Protocol):
    """Where what cannot be added ends."""

    def send(self, letter: DeadLetter) -> None: ...


class EventQueue(Protocol):
    """The queue the events come from, for settling single records before the platform settles the batch."""

    def delete(self, receipt: str) -> None: ...

    def hide(self, receipt: str, seconds: int) -> None:
        """Hands a record back: nobody receives it for so long."""
        ...


class RetryQueue(Protocol):
    """The queue the events come from, on a platform that hides no record: what is to come back is sent once more."""

    def send_again(self, body: str, seconds: int) -> None:
        """A new message, which nobody receives for so long."""
        ...


class CredentialSource(Protocol):
    """Where the access key for Alibaba Cloud comes from."""

    def get(self, *, fresh: bool = False) -> Credentials:
        """``fresh`` reads them past every cache: somebody may have renewed them a moment ago."""
        ...


class Clock(Protocol):
    """Time, and the only way to let it pass."""

    def monotonic(self) -> float: ...

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class Executor(Protocol):
    """The part of ``concurrent.futures.Executor`` that a batch uses."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]: ...
