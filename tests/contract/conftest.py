"""Let the suites run on a real account, too: `make live` sets ``config.live`` (tests/live/plugin.py)."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live.contract_subjects import LiveSubjects


@pytest.fixture
def live(request: pytest.FixtureRequest) -> "LiveSubjects | None":
    """Return the services of the real account, or ``None`` in every other run."""
    return getattr(request.config, "live", None)
