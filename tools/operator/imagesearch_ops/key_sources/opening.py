"""Open the source of keys that the options name."""

from collections.abc import Iterator
from dataclasses import dataclass

from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.port import KeySource


@dataclass(frozen=True, slots=True)
class Listing:
    """The listing of a bucket or a folder."""

    place: Place
    name: str = "listing"
    is_listing: bool = True

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:  # noqa: ARG002 - the key is enough
        """Yield the objects whose keys follow ``last_key``."""
        for page in self.place.bucket.pages(self.place.prefix, last_key):
            yield from page


def open_keys(keys_from: str | None, since: str | None, place: Place, deployment: Deployment) -> KeySource:
    """Return the source. Raise ``InputError`` for options that cannot be obeyed."""
    if keys_from or since:
        raise InputError(f"--keys-from and --since: not built yet for {deployment.name}")
    return Listing(place)
