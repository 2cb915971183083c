"""Fixtures for the handler of Function Compute on its local cloud. Other tests define their own ``cloud``."""

from collections.abc import Iterator

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.function_compute import Function, QuickCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def function(cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    function = Function(cloud, monkeypatch)
    yield function
    function.stop()
