"""Define what reconciling one object needs from outside.

Adapters implement these ports, and tests have fakes that keep state. Every method makes one attempt and raises
``IngestError``. The caller repeats it (``pacing/retry.py``).
"""

from typing import Protocol

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage, Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage


class ObjectStore(Protocol):
    """The bucket, read only."""

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        """Return the object as it is now, or ``None`` if an existing bucket says that it has no such key.

        Raise ``OBJECT_TOO_LARGE`` for an object of more than ``max_bytes``, before its bytes are read.
        """
        ...

    def head(self, ref: ObjectRef) -> ObjectState | None:
        """Return which content the key has now, without its bytes. ``None`` as in ``fetch``."""
        ...


class ImageIndex(Protocol):
    """The Image Search instance."""

    def upload(self, image: bytes) -> Upload:
        """Put the image into the service's temporary bucket. The index does not change, and no quota counts it."""
        ...

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        """Add the uploaded image under its IDs, or overwrite the entry that has them. The quota counts this call."""
        ...

    def delete(self, request: DeleteImageRequest) -> None:
        """Remove one entry. A missing entry is not an error (DeleteImage reference)."""
        ...


class IsolatedPreparer(Protocol):
    """Run ``images.prepare`` where an image cannot harm the worker."""

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        """Return the prepared image within ``seconds``.

        Raise what ``images.prepare`` raises, ``WORKER_CRASH`` for an image that crashed or blocked the process that
        prepared it, or ``NOT_BEGUN`` if ``seconds`` have passed before either is certain.
        """
        ...
