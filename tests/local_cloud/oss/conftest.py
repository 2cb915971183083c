"""A local OSS with the bucket "shop", and two ways to call it: the newest SDK, and requests as a test writes them."""

from collections.abc import Iterator
from typing import Any

import pytest

from local_cloud.oss import OssService
from local_cloud.oss.uploader import Uploader
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.oss.api import Api


@pytest.fixture(scope="package")
def clock() -> OffsetClock:
    return OffsetClock()


@pytest.fixture(scope="package")
def running(clock: OffsetClock) -> Iterator[OssService]:
    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret", clock=clock) as service:
        yield service


@pytest.fixture
def service(running: OssService, clock: OffsetClock) -> OssService:
    clock.ahead = 0.0
    running.reset()
    running.make_bucket("shop")
    return running


@pytest.fixture
def api(service: OssService, clock: OffsetClock) -> Iterator[Api]:
    with Api(service, clock) as api:
        yield api


@pytest.fixture
def uploader(service: OssService) -> Uploader:
    return service.uploader()


@pytest.fixture
def events(service: OssService) -> Iterator[list[dict[str, Any]]]:
    received: list[dict[str, Any]] = []
    service.on_event = received.append
    yield received
    service.on_event = lambda _: None
