"""The local Image Search for the tests of it: one per module, emptied before each test, and others on demand."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from darabonba.core import DaraCore

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search_api import INSTANCE, KEY_ID, KEY_SECRET, REGION, Api, Raw

# High enough to stay out of the way of what is not about it.
NO_LIMIT = 10_000.0


class Clock:
    """The clock on the wall, and as much later as a test likes."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(scope="session", autouse=True)
def _sdk_connections_closed() -> Iterator[None]:
    """The SDK keeps its connections for as long as the process lives, and says so with a ResourceWarning."""
    yield
    for session in DaraCore._sessions.values():  # noqa: SLF001 - it offers no other way
        session.close()
    DaraCore._sessions.clear()  # noqa: SLF001 - as above


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


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
def _running_service(clock: Clock) -> Iterator[ImageSearchService]:
    with _service(clock=clock) as service:
        yield service


@pytest.fixture
def service(_running_service: ImageSearchService, clock: Clock) -> ImageSearchService:
    clock.ahead = 0.0
    _running_service.reset()
    return _running_service


@pytest.fixture
def make_service() -> Iterator[Callable[..., ImageSearchService]]:
    """Started, with what a test wants otherwise; closed after it."""
    with ExitStack() as stack:
        yield lambda **changed: stack.enter_context(_service(**changed))


@pytest.fixture
def api(service: ImageSearchService) -> Api:
    return Api(service)


@pytest.fixture
def raw(service: ImageSearchService) -> Raw:
    return Raw(service)
