"""Fixtures for the watch: the local AWS, wired as the template does it, and the handler."""

from collections.abc import Iterator

import pytest
import requests

from local_cloud.clouds.aws import AwsCloud
from tests.support.watch import Watch, wire_up


@pytest.fixture(scope="module")
def started() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(started: AwsCloud) -> AwsCloud:
    """Return the cloud as it is after a deployment: the bucket announces through a rule."""
    requests.post(f"{started.aws.url}/moto-api/reset", timeout=10)
    started._create_queues()  # noqa: SLF001 - what its start does
    started._create_bucket()  # noqa: SLF001 - as above
    started.image_search.reset()
    started.image_search.change_rates(detail=1000)
    wire_up(started)
    return started


@pytest.fixture
def watch(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watch:
    return Watch(cloud, monkeypatch, capsys)
