"""Define what a command needs of a source of keys."""

from collections.abc import Iterator
from typing import Protocol

from imagesearch_ops.buckets.port import ListedObject


class KeySource(Protocol):
    """Objects in an order that is the same each time.

    Only objects that the URL means come: those of its bucket whose keys begin with its prefix. With ``--since``, only
    those that were written since then come. Whatever else a source holds is not listed, and counts nowhere.
    """

    @property
    def name(self) -> str:
        """Return what a run remembers: a run goes on only with the same source."""
        ...

    @property
    def is_listing(self) -> bool:
        """Return whether the keys come in the order of UTF-8 bytes, so that the last one says where to go on."""
        ...

    @property
    def is_complete(self) -> bool:
        """Return whether every key of the prefix comes, as far as the source can know."""
        ...

    @property
    def listed_at(self) -> float | None:
        """Return when an inventory began to read the bucket, in Unix seconds. ``None``: now, or nobody knows."""
        ...

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
        """Yield the objects behind the first ``count``, the last of which has ``last_key``.

        Raise ``InputError`` for a file that cannot be read or has changed, ``ListingError`` and ``IngestError``.
        """
        ...
