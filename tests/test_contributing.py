"""CONTRIBUTING.md names only files, folders and make targets that exist."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS

ROOT = Path(__file__).parents[1]
LIBRARY = "layers/ingest/python/imagesearch_ingest/"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCED = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")


def find_paths(spans: list[str]) -> list[str]:
    """Return each word of the code spans that is a path. A path with a placeholder such as <format> does not count."""
    words = [word for span in spans for word in span.split() if not word.startswith(".venv")]
    return [word for word in words if PATH.fullmatch(word) and ("/" in word or word.endswith((".md", ".yaml", ".yml")))]


def find_targets(commands: list[str]) -> list[str]:
    return [target for command in commands for target in re.findall(r"^make ([a-z-]+)", command)]


COMMANDS = [*SPANS, *(line for block in FENCED for line in block.splitlines())]


@pytest.mark.parametrize("path", sorted(set(find_paths(SPANS))))
def test_every_named_path_exists(path: str) -> None:
    target = ROOT / re.sub("^lib/", LIBRARY, path)
    assert target.is_dir() if path.endswith("/") else target.exists()


@pytest.mark.parametrize("target", sorted(set(find_targets(COMMANDS))))
def test_every_named_target_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_floors_are_those_of_the_architecture() -> None:
    part = PAGE.partition("\n## Floors\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\d+\. (.*)", part, re.MULTILINE)
    named = [{room.removesuffix(".py") for room in re.findall(r"`lib/([\w.]+)/?`", line)} for line in lines]
    assert named == list(FLOORS)


def test_paths_and_targets_are_found() -> None:
    assert {"lib/settings.py", "events/", "README.md", "tests/contract/"} <= set(find_paths(SPANS))
    assert {"check", "help", "docs", "chaos-real"} <= set(find_targets(COMMANDS))
    assert find_paths(["lib/images/formats/<format>/", "a.md and b/c.py"]) == ["a.md", "b/c.py"]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
