"""Broken copies of template.ros.yaml are refused, each with a sentence that names the place."""

import re
from pathlib import Path

import pytest
import yaml

from tests.deployment.ros.stack import SOURCE
from tests.deployment.ros.validate import main, refusals

TEMPLATE = SOURCE.read_text(encoding="utf-8")
COPIES = yaml.safe_load((Path(__file__).parent / "broken_copies.yaml").read_text(encoding="utf-8"))


def find_mistake(copy: dict[str, str]) -> str:
    """Return what differs from the expectation; nothing if the broken copy is refused with its sentence."""
    broken, times = re.subn(copy["pattern"], copy["by"], TEMPLATE, flags=re.MULTILINE)
    found = "\n".join(refusals(broken)) if times else "the pattern matches nothing"
    return "" if copy["refused"] in found else f"{copy}: {found[:300]}"


def test_template_is_accepted() -> None:
    assert refusals(TEMPLATE) == []


@pytest.mark.parametrize("kind", COPIES)
def test_broken_copies_are_refused(kind: str) -> None:
    assert [mistake for mistake in map(find_mistake, COPIES[kind]) if mistake] == []


@pytest.mark.parametrize("text", ["", "[]", "a: b: c", "Resources:\n  Queue: 7\n"])
def test_no_template_at_all_is_refused(text: str) -> None:
    assert len(refusals(text)) == 1


def test_each_file_that_is_named_is_read_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary, broken = tmp_path / "binary.yaml", tmp_path / "broken.yaml"
    binary.write_bytes(b"\xff\xfe")
    broken.write_text("- no map")
    assert main([str(tmp_path / "missing.yaml"), str(binary), str(broken)]) == 1
    missing, undecodable, listed = capsys.readouterr().out.splitlines()
    assert "missing.yaml cannot be read" in missing
    assert "binary.yaml cannot be read" in undecodable
    assert listed == "the template is not a map"
