"""`make pictures` still draws what the README shows."""

from pathlib import Path

import pytest
from PIL import Image

from documentation import pictures
from tests.support.browser import needs_browser


@needs_browser
@pytest.mark.slow
def test_the_pictures_can_be_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_PRODUCTS", 1)
    pictures.main(tmp_path)
    svg = (tmp_path / "demo.svg").read_text(encoding="utf-8")
    assert ">$&#160;make&#160;demo" in svg
    assert "7&#160;added" in svg
    with Image.open(tmp_path / "plan.png") as plan:
        assert plan.size == (1000, 840)
        assert len(plan.convert("RGB").getcolors(1 << 20)) > 100  # a blank page has one


def test_a_missing_browser_is_named_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="needs Chromium"):
        pictures.main(tmp_path)
    assert list(tmp_path.iterdir()) == []
