"""Take the keys from the listing of a bucket or a folder."""

from collections.abc import Iterator
from dataclasses import dataclass

from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_sources.since import Since


@dataclass(frozen=True, slots=True)
class Listing:
    """The listing of a bucket or a folder."""

    place: Place
    since: Since | None = None
    is_listing: bool = True
    listed_at: float | None = None

    @property
    def name(self) -> str:
        return f"listing{self.since or ''}"

    @property
    def is_complete(self) -> bool:
        return self.since is None

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:  # noqa: ARG002 - the key is enough
        """Yield the objects whose keys follow ``last_key``."""
        found = (one for page in self.place.bucket.pages(self.place.prefix, last_key) for one in page)
        return self.since.filter(found) if self.since else found
