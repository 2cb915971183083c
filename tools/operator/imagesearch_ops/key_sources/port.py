"""Define what a command needs of a source of keys."""

from collections.abc import Iterator
from typing import Protocol

from imagesearch_ops.buckets.port import ListedObject


class KeySource(Protocol):
    """Objects in an order that is the same each time."""

    @property
    def name(self) -> str:
        """Return what a run remembers: a run goes on only with the same source."""
        ...

    @property
    def is_listing(self) -> bool:
        """Return whether all keys of the prefix come, in the order of UTF-8 bytes."""
        ...

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
        """Yield the objects behind the first ``count``, the last of which has ``last_key``.

        Raise ``InputError`` for a file that cannot be read, ``ListingError`` and ``IngestError``.
        """
        ...
