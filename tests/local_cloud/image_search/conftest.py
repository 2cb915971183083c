"""Provide one local Image Search, emptied before each test, and others on demand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from darabonba.core import DaraCore

from local_cloud.image_search import ImageSearchService
from local_cloud.image_search.rate_limit import DOCUMENTED_RATES
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.image_search.api import INSTANCE, KEY_ID, KEY_SECRET, REGION, Api, Raw

# High enough never to limit a test of something else.
NO_LIMIT = 10_000.0


@pytest.fixture(scope="session", autouse=True)
def _close_sdk_connections() -> Iterator[None]:
    """Close the connections that the SDK keeps until the process ends, which causes a ResourceWarning."""
    yield
    for session in DaraCore._sessions.values():  # noqa: SLF001 - it offers no other way
        session.close()
    DaraCore._sessions.clear()  # noqa: SLF001 - as above


@pytest.fixture(scope="session")
def clock() -> OffsetClock:
    return OffsetClock()


def _lift_limits(service: ImageSearchService) -> None:
    service.change_rates(**dict.fromkeys((*DOCUMENTED_RATES, "query"), NO_LIMIT))


def _service(**changed: Any) -> ImageSearchService:
    wanted: dict[str, Any] = {
        "instance": INSTANCE,
        "region": REGION,
        "access_key_id": KEY_ID,
        "access_key_secret": KEY_SECRET,
        "rate": NO_LIMIT,
    }
    return ImageSearchService(**wanted | changed)


@pytest.fixture(scope="session")
def _running_service(clock: OffsetClock) -> Iterator[ImageSearchService]:
    with _service(clock=clock) as service:
        yield service


@pytest.fixture
def service(_running_service: ImageSearchService, clock: OffsetClock) -> ImageSearchService:
    clock.ahead = 0.0
    _running_service.reset()
    _lift_limits(_running_service)
    return _running_service


@pytest.fixture
def make_service() -> Iterator[Callable[..., ImageSearchService]]:
    """Return a function that starts a service with changed options and the documented rates but AddImage's.

    It is closed after the test.
    """
    with ExitStack() as stack:
        yield lambda **changed: stack.enter_context(_service(**changed))


@pytest.fixture
def api(service: ImageSearchService) -> Api:
    return Api(service)


@pytest.fixture
def raw(service: ImageSearchService) -> Raw:
    return Raw(service)
