"""Provide a local Image Search for clients that nobody here wrote."""

from collections.abc import Iterator

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import INSTANCE, KEY_ID, KEY_SECRET, REGION
from tests.local_cloud.image_search.conftest import NO_LIMIT


@pytest.fixture
def service() -> Iterator[ImageSearchService]:
    with ImageSearchService(
        instance=INSTANCE, region=REGION, access_key_id=KEY_ID, access_key_secret=KEY_SECRET, rate=NO_LIMIT
    ) as running:
        yield running
