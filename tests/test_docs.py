"""What the documents say is true, as far as a machine can see."""

import re
from pathlib import Path

import pytest

from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.cli import app, dlq
from imagesearch_ops.demo_pictures import draw_pictures
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.reference import reasons_page, with_table
from local_cloud.image_search.faults import LEGS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (document.parent / target).exists(), target


def test_the_readme_names_every_command_and_none_that_is_not_there() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands}
    commands |= {f"dlq {command.name}" for command in dlq.registered_commands}
    assert set(re.findall(r"^\.venv/bin/imagesearch-ingest (dlq \w+|\w+)", README, re.MULTILINE)) == commands


def test_the_readme_shows_what_the_demo_draws() -> None:
    """That the demo then says so is tests/e2e/test_cli.py's business."""
    shown = re.findall(r"^(\S+) +(?:added|rejected) ", README, re.MULTILINE)
    drawn = [key for key, _ in draw_pictures()]
    assert len(shown) == len(drawn)
    assert all(key.endswith(row.removeprefix("…")) for key, row in zip(drawn, shown, strict=True))


def test_the_readmes_settings_are_those_of_the_model() -> None:
    assert with_table(README) == README, "run: make docs"
    assert all(f"`{variable(name)}`" in README for name in Settings.model_fields)


def test_the_page_of_reasons_is_that_of_the_table() -> None:
    assert (ROOT / "docs/reasons.md").read_text(encoding="utf-8") == reasons_page(), "run: make docs"


def test_the_readme_names_every_exit_code() -> None:
    sentence = re.search(r"Exit codes:(.*?)\n\n", README, re.DOTALL)[1]
    assert {int(code) for code in re.findall(r"\b\d+\b", sentence)} == {int(code) for code in ExitCode}


def test_the_files_that_the_readme_invokes_are_there() -> None:
    assert all((ROOT / path).exists() for path in re.findall(r"events/[\w-]+\.json", README))


def test_the_local_clouds_page_names_every_leg() -> None:
    page = (ROOT / "docs/local-cloud.md").read_text(encoding="utf-8")
    assert all(f"`{leg}`" in page for leg in LEGS)


def test_the_page_on_settling_names_the_last_receive() -> None:
    assert f"at the {LAST_RECEIVE}th receive" in (ROOT / "docs/settling.md").read_text(encoding="utf-8")


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    assert all(path.name in index for path in (ROOT / "docs/adr").glob("0*.md"))
