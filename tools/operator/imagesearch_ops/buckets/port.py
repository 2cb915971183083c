"""Define what commands need of a bucket."""

import errno
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from imagesearch_ingest.model.objects import SourceImage

# Nothing can be read of these until it is restored. S3: the values of StorageClass in ListObjectsV2. An archive tier of
# INTELLIGENT_TIERING is not visible in a listing. OSS: "Overview of storage classes".
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE", "Archive", "ColdArchive", "DeepColdArchive"})


class ListedObject(NamedTuple):
    """An object as a listing or a file of keys shows it.

    ``size`` is in bytes; it is 0, and ``etag`` is empty, where the source does not say. ``last_modified`` is in Unix
    seconds.
    """

    key: str
    size: int
    etag: str
    storage_class: str
    last_modified: float | None = None

    @property
    def is_archived(self) -> bool:
        return self.storage_class in ARCHIVES


class ListingError(OSError):
    """A listing that cannot be right. Whatever follows from it would be wrong, too."""

    def __init__(self, message: str) -> None:
        super().__init__(errno.EIO, message)


class Bucket(Protocol):
    """A bucket, or a folder that stands for one. Nothing here changes it."""

    def pages(self, prefix: str, after: str) -> Iterator[Sequence[ListedObject]]:
        """Yield every object whose key begins with ``prefix`` and follows ``after``, in the order of UTF-8 bytes.

        Raise ``ListingError`` for a listing that repeats, goes backwards or ends in a way that proves nothing, and
        ``IngestError`` for one that fails.
        """
        ...

    def fetch(self, key: str, max_bytes: int) -> SourceImage | None:
        """Return the object, or ``None`` if it is gone. Raise ``IngestError``."""
        ...

    def close(self) -> None:
        """Let no call wait any longer. Calls that wait to try again fail."""
        ...
