"""docs/permissions.md says which permissions each command needs: those that its calls on the local clouds need."""

from pathlib import Path

import pytest

from tests.deployment.permissions_page import PAGE, note, render

pytestmark = pytest.mark.slow


def test_the_page_says_what_the_commands_call(tmp_path: Path) -> None:
    noted = {cloud: note(cloud, tmp_path) for cloud in ("aws", "alibaba")}
    assert PAGE.read_text(encoding="utf-8") == render(noted)
