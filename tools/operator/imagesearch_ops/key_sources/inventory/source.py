"""Take the keys from an inventory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imagesearch_ops.bucket_urls import BucketUrl, is_bucket_url
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.cloud import InventoryObjects
from imagesearch_ops.key_sources.inventory.files import InventoryFiles
from imagesearch_ops.key_sources.inventory.manifest import Manifest
from imagesearch_ops.key_sources.resuming import resume
from imagesearch_ops.key_sources.since import Since
from imagesearch_ops.terminal_text import printable


@dataclass(frozen=True, slots=True)
class Inventory:
    """An inventory of the place's bucket. ``rows`` reads it, from files or from its bucket."""

    rows: InventoryFiles | InventoryObjects
    place: Place
    since: Since | None = None
    is_listing: bool = False

    @property
    def name(self) -> str:
        return f"{self.rows.manifest.name}{self.since or ''}"

    @property
    def is_complete(self) -> bool:
        """Return whether all objects come. An inventory configured for a prefix does not say so in its manifest."""
        return self.since is None

    @property
    def listed_at(self) -> float | None:
        return self.rows.manifest.created_at

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
        """Yield the objects in the order of the rows, which is not that of the keys."""
        found = self.rows.objects(self.place.prefix)
        return resume(self.since.filter(found) if self.since else found, last_key, count, self.name)


def open_inventory(text: str, since: Since | None, place: Place, deployment: Deployment) -> Inventory:
    """Return the inventory that a path or a URL names. Raise ``InputError`` if it is not about the place's bucket."""
    rows = InventoryObjects.find(BucketUrl.parse(text), deployment) if is_bucket_url(text) else None
    found = rows or InventoryFiles.find(Path(text))
    _check_bucket(found.manifest, place)
    return Inventory(found, place, since)


def _check_bucket(manifest: Manifest, place: Place) -> None:
    source = BucketUrl(manifest.cloud, manifest.source_bucket, "")
    if place.url is None or (place.url.cloud, place.url.bucket) != (source.cloud, source.bucket):
        raise InputError(
            f"{manifest.name}: the inventory is of {printable(str(source))}, not of {printable(place.name)}. "
            "Name the inventory of this bucket, or the other bucket."
        )
