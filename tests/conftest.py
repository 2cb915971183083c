"""Fixtures for several folders: servers of the local cloud that run for the whole session."""

import gc
import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings

from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService

_numbers = count()

# No deadline for an example: its time depends on the load of the machine.
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _ignore_developer_settings() -> Iterator[None]:
    """Remove the developer's settings, credentials and proxies from the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("INGEST_", "POWERTOOLS_", "ALIBABA_CLOUD_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="module", autouse=True)
def _collect_garbage() -> Iterator[None]:
    """Collect garbage after each module: what it left open then fails there, and not in a later module."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def unique_name() -> str:
    """Return a new name for a bucket or a queue: tests share the servers and their state."""
    return f"test-{next(_numbers)}"


@pytest.fixture
def image_search() -> Iterator[ImageSearchService]:
    service = ImageSearchService(
        instance="demo", region="ap-southeast-1", access_key_id="id", access_key_secret="secret", rate=1000
    )
    with service:
        yield service
