"""What the tests of key sources share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.folder import FolderBucket
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.key_sources.port import KeySource

NO_DEPLOYMENT = find_deployment({})

Open = Callable[..., KeySource]


@pytest.fixture
def open_source(tmp_path: Path) -> Open:
    """Open a source for ``s3://shop/pics/``, unless the test names another URL. Its bucket is never asked."""

    def open_it(keys_from: Path | str | None, since: str | None = None, url: str = "s3://shop/pics/") -> KeySource:
        parsed = BucketUrl.parse(url)
        place = Place(FolderBucket(tmp_path), f"s3://{parsed.bucket}", parsed.key, parsed)
        return open_keys(None if keys_from is None else str(keys_from), since, place, NO_DEPLOYMENT)

    return open_it
