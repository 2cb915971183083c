"""Fixtures for several contracts: both STS, scripted."""

from collections.abc import Iterator

import pytest

from tests.support.sts_wire import TwoSts, two_sts


@pytest.fixture(scope="module")
def sts_servers() -> Iterator[TwoSts]:
    with two_sts() as both:
        yield both


@pytest.fixture
def sts(sts_servers: TwoSts) -> TwoSts:
    """Return both services as if just started."""
    sts_servers.reset()
    return sts_servers
