"""Check what the documents and `make help` say, as far as a machine can."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from imagesearch_ingest.images.formats import FORMATS, Format
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.cli import app
from imagesearch_ops.demo_pictures import draw_pictures
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.reference import reasons_page, with_table
from local_cloud.image_search.faults import LEGS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_has_a_target(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (document.parent / target).exists(), target


def find_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_every_anchor_is_a_heading(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(((?!https:)[^)#]*)#([^)]+)\)", document.read_text(encoding="utf-8")):
        assert anchor in find_anchors(document.parent / target if target else document), f"{target}#{anchor}"


def command_names(group: typer.Typer, prefix: str = "") -> Iterator[str]:
    """Yield the words of each command."""
    yield from (f"{prefix}{one.name or one.callback.__name__}" for one in group.registered_commands)
    for one in group.registered_groups:
        yield from command_names(one.typer_instance, f"{prefix}{one.name} " if one.name else prefix)


def test_readme_names_exactly_the_commands() -> None:
    groups = "|".join(group.name for group in app.registered_groups if group.name)
    found = re.findall(rf"^\.venv/bin/imagesearch-ingest ((?:{groups}) \w+|\w+)", README, re.MULTILINE)
    assert set(found) == set(command_names(app))


def test_readme_shows_the_demo_pictures() -> None:
    """tests/e2e/test_cli.py checks that the demo prints this table."""
    shown = re.findall(r"^(\S+) +(?:added|rejected) ", README, re.MULTILINE)
    drawn = [key for key, _ in draw_pictures()]
    assert len(shown) == len(drawn)
    assert all(key.endswith(row.removeprefix("…")) for key, row in zip(drawn, shown, strict=True))


def test_readme_table_has_every_setting() -> None:
    assert with_table(README) == README, "run: make docs"
    assert all(f"`{variable(name)}`" in README for name in Settings.model_fields)


def test_reasons_page_is_up_to_date() -> None:
    assert (ROOT / "docs/reasons.md").read_text(encoding="utf-8") == reasons_page(), "run: make docs"


def test_readme_names_every_exit_code() -> None:
    table = re.search(r"^\| exit code \|.*?\n\n", README, re.DOTALL | re.MULTILINE)[0]
    codes = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    assert {int(code) for code in ", ".join(codes).split(", ")} == {int(code) for code in ExitCode}


def test_sample_events_of_the_readme_exist() -> None:
    assert all((ROOT / path).exists() for path in re.findall(r"events/[\w-]+\.json", README))


def test_local_cloud_page_names_every_leg() -> None:
    page = (ROOT / "docs/local-cloud.md").read_text(encoding="utf-8")
    assert all(f"`{leg}`" in page for leg in LEGS)


def test_settling_page_names_the_last_receive() -> None:
    assert f"From the {LAST_RECEIVE}th receive on" in (ROOT / "docs/settling.md").read_text(encoding="utf-8")


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    assert all(path.name in index for path in (ROOT / "docs/adr").glob("0*.md"))


def run_make(*arguments: str) -> str:
    """Run make as from a shell, even if the tests run within make."""
    command, environ = ["make", *arguments], {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_make_help_describes_every_target() -> None:
    targets = set(re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)[1].replace("\\\n", " ").split())
    shown = run_make("help")
    assert set(re.findall(r"^make ([a-z-]+) +[A-Z]\S*(?: \S+)+$", shown, re.MULTILINE)) == targets
    assert len(shown.splitlines()) == len(targets)


def test_make_alone_runs_the_demo() -> None:
    assert run_make("-n").splitlines()[-1] == ".venv/bin/imagesearch-ingest demo"


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda row: row.name)
def test_every_format_is_named_where_users_look(file_format: Format) -> None:
    pictures = (ROOT / "docs/pictures.md").read_text(encoding="utf-8")
    for text in (Reason.UNSUPPORTED_FORMAT.hint, pictures, README):
        assert re.search(rf"\b{file_format.title}\b", text)


def test_renamed_settings_have_new_names() -> None:
    rows = re.findall(r"\| `(INGEST_\w+)` \| `(INGEST_\w+)` \|", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    names = {variable(field) for field in Settings.model_fields}
    assert rows
    assert {old for old, _ in rows} & names == set()
    assert {new for _, new in rows} <= names
