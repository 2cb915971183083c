"""Fixtures for the handler of Function Compute on its local cloud. Other tests define their own ``cloud``."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import prepare
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


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Prepare pictures in this process, without a child. Return the seconds that each was given."""
    given: list[float] = []
    monkeypatch.setattr(ChildProcess, "start", lambda _: None)
    monkeypatch.setattr(
        ChildProcess, "prepare", lambda _, data, policy, seconds: given.append(seconds) or prepare(data, policy)
    )
    return given
