"""What reconciling one object needs from outside. Adapters implement these; tests have fakes that keep state.

Every method makes one attempt and raises ``IngestError``. The caller repeats it (``pacing/retry.py``).
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage


class ObjectStore(Protocol):
    """The bucket, read only."""

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        """The object as it is now; ``None`` only when the store says that there is no such key in an existing bucket.

        An object of more than ``max_bytes`` raises ``OBJECT_TOO_LARGE`` before its bytes are read.
        """
        ...

    def head(self, ref: ObjectRef) -> ObjectState | None:
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
