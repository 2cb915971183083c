"""Fixtures for the watch: the local Alibaba Cloud, wired as the template does it, and the handler."""

from collections.abc import Iterator

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.watch_oss import OssWatch, deploy_anew


@pytest.fixture(scope="module")
def started() -> Iterator[AlibabaCloud]:
    with AlibabaCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(started: AlibabaCloud) -> AlibabaCloud:
    """Return the cloud as it is after a deployment: the bucket announces through a rule."""
    deploy_anew(started)
    return started


@pytest.fixture
def watch(cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> OssWatch:
    return OssWatch(cloud, monkeypatch, capsys)
