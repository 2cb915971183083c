"""Fixtures for the watch: the local AWS, wired as the template does it, and the handler."""

from collections.abc import Iterator

import pytest

from local_cloud.clouds.aws import AwsCloud
from tests.support.watch import Watch, deploy_anew


@pytest.fixture(scope="module")
def started() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(started: AwsCloud) -> AwsCloud:
    """Return the cloud as it is after a deployment: the bucket announces through a rule."""
    deploy_anew(started)
    return started


@pytest.fixture
def watch(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watch:
    return Watch(cloud, monkeypatch, capsys)
