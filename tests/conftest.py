"""What tests of several folders share: servers of the local cloud, one of each for the whole run."""

import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings

from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService

_numbers = count()

# An example's time depends on what else the machine does.
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developers() -> Iterator[None]:
    """Nor a proxy, which is for other addresses."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("INGEST_", "POWERTOOLS_", "ALIBABA_CLOUD_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


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
