"""Open what a command is about: a bucket by its URL, or a folder."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ingest.settings import Settings
from imagesearch_ops.bucket_urls import BucketUrl, is_bucket_url
from imagesearch_ops.buckets.folder import FolderBucket
from imagesearch_ops.buckets.port import Bucket
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError


class Place(NamedTuple):
    """A bucket or a folder, and the beginning of the keys in it that are wanted.

    ``name`` is what makes the same keys of two places differ: the URL of the bucket, or the folder's path.
    """

    bucket: Bucket
    name: str
    prefix: str
    url: BucketUrl | None

    def __str__(self) -> str:
        return str(self.url) if self.url and self.prefix else self.name

    def object_url(self, key: str) -> str:
        """Return the URL of an object, or the path of a file."""
        return f"{self.name.rstrip('/')}/{key}"


def open_bucket(text: str, deployment: Deployment) -> Place:
    """Return the place that a URL or a path names. Raise ``InputError`` and ``SettingsError``."""
    if not is_bucket_url(text):
        folder = Path(text)
        if not text or "://" in text:
            raise InputError(f"{text or '(nothing)'}: name a folder, or s3://bucket or oss://bucket.")
        return Place(FolderBucket(folder), str(folder.resolve()), "", None)
    url = BucketUrl.parse(text)
    return Place(_open(url, deployment), str(url._replace(key="")).rstrip("/"), url.key, url)


def check_bucket(place: Place, settings: Settings) -> None:
    """Raise ``InputError`` for a bucket of which the function skips every object."""
    if place.url and settings.bucket and settings.bucket != place.url.bucket:
        raise InputError(
            f"INGEST_BUCKET is {settings.bucket}: the function would skip every object of {place.url.bucket}. "
            f"Name {settings.bucket}, or change the setting."
        )


def _open(url: BucketUrl, deployment: Deployment) -> Bucket:
    from imagesearch_ops.stores import bucket_client  # noqa: PLC0415 - the SDKs take a second to import

    client = bucket_client(url.cloud, deployment)  # raises InputError if the SDK of OSS is not installed
    if url.cloud == "aws":
        from imagesearch_ops.buckets.s3 import open_s3  # noqa: PLC0415 - as above

        return open_s3(client, url.bucket)
    from imagesearch_ops.buckets.oss import open_oss  # noqa: PLC0415 - as above

    return open_oss(client, url.bucket)
