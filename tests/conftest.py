"""What tests of several folders share: servers of the local cloud, one of each for the whole run."""

from collections.abc import Iterator
from itertools import count

import pytest

from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService

_numbers = count()


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def unique_name() -> str:
    """Of a bucket or a queue: the servers' state is shared, so each test has its own."""
    return f"test-{next(_numbers)}"


@pytest.fixture
def image_search() -> Iterator[ImageSearchService]:
    service = ImageSearchService(
        instance="demo", region="ap-southeast-1", access_key_id="id", access_key_secret="secret", rate=1000
    )
    with service:
        yield service
