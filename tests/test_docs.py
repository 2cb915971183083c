"""Check what the documents and `make help` say, as far as a machine can."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from documentation.generated import generated_pages, replace_part
from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from imagesearch_ingest.images.formats import FORMATS, Format
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.cli import app
from local_cloud.image_search.faults import LEGS

ROOT = Path(__file__).parents[1]
HOME = "https://github.com/imagesearch-ingest/imagesearch-ingest/"
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def find_links(document: Path) -> list[str]:
    """Return the targets of the document's links and pictures. Code holds none."""
    text = re.sub(
        r"^( *)```.*?^\1```|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    return LINK.findall(text)


def find_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_fault(document: Path, link: str) -> str | None:
    """Return why the link leads nowhere. Of other sites, only the form of the address is checked."""
    target, _, anchor = re.sub(f"^{HOME}(blob|tree)/main/", "", link).partition("#")
    if not link.startswith(HOME) and "://" in link:
        return None if re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}(/[^\s<>]*)?", link) else "no address"
    if target.startswith(HOME):
        return None  # the repository's releases and issues
    path = ROOT / target if link.startswith(HOME) else document.parent / target if target else document
    if not path.exists():
        return "no file"
    return "no heading" if anchor and anchor not in find_anchors(path) else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    faults = [(link, find_fault(document, link)) for link in find_links(document)]
    assert [fault for fault in faults if fault[1]] == []


def test_links_that_lead_nowhere_are_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Some title!\n`[code](x.md)`\n```\n[code](y.md)\n```\n", encoding="utf-8")
    assert find_links(page) == []
    assert find_fault(page, "#some-title") is None
    assert find_fault(page, "#title") == "no heading"
    assert find_fault(page, "other.md#some-title") == "no file"
    assert find_fault(page, f"{HOME}blob/main/README.md#status") is None
    assert find_fault(page, f"{HOME}blob/main/README.md#settings") == "no heading"
    assert find_fault(page, f"{HOME}blob/main/nothing.md") == "no file"
    assert find_fault(page, f"{HOME}tree/main/nothing") == "no file"
    assert find_fault(page, "http://example.com/") == "no address"


def find_loose_blocks(text: str) -> list[str]:
    """Return the lines that the site shows outside of their items (docs/adr/0076-site.md)."""
    prose = re.sub(r"^(?: {4})?```.*?^(?: {4})?```$", "    code", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^\n( {1,3}[^ \n].*)|^ {4}.*\n((?:\d+\.|[-*]) .*)", prose, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("1. a\n\n    ```sh\n  b\n    ```\n\n    c\n\n2. d\n   e\n- f\n- g\n", []),
        ("1. a\n\n   ```sh\n   b\n   ```\n", [("   ```sh", "")]),
        ("1. a\n\n    b\n2. c\n", [("", "2. c")]),
    ],
)
def test_loose_blocks_are_noticed(text: str, faults: list[tuple[str, str]]) -> None:
    assert find_loose_blocks(text) == faults


def test_the_site_shows_each_block_of_a_list_in_its_item() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")}
    assert {name: faults for name, text in texts.items() if (faults := find_loose_blocks(text))} == {}


def test_pages_of_the_site_link_to_other_files_by_their_address() -> None:
    """The site has only what is in docs/. On GitHub, both ways work."""
    docs = (ROOT / "docs").resolve()
    outside = [
        (page.name, link)
        for page in docs.rglob("*.md")
        for link in find_links(page)
        if "://" not in link and not (page.parent / link.partition("#")[0]).resolve().is_relative_to(docs)
    ]
    assert outside == []


def list_pages(navigation: list[Any]) -> Iterator[str]:
    for entry in navigation:
        for target in entry.values():
            yield from list_pages(target) if isinstance(target, list) else [target]


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    """The decisions are reached from their index."""
    listed = [page for page in list_pages(SITE["nav"]) if "://" not in page]
    written = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(page for page in written if not page.startswith("adr/0"))


@pytest.mark.parametrize("path", ["docs/images/demo.svg", "docs/images/plan.png"])
def test_readme_shows_pictures_that_load_quickly(path: str) -> None:
    (alt,) = re.findall(rf"!\[([^\]]+)\]\({path}\)", README)
    assert len(alt) > 60
    assert 5_000 < (ROOT / path).stat().st_size < 200_000


def test_the_terminal_in_the_readme_loads_nothing() -> None:
    """A README's picture must not: GitHub's proxy refuses it."""
    text = (ROOT / "docs/images/demo.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"[a-z]+://[^\"' )]+", text)) == {"http://www.w3.org/2000/svg"}


def command_names(group: typer.Typer, prefix: str = "") -> Iterator[str]:
    """Yield the words of each command."""
    yield from (f"{prefix}{one.name or one.callback.__name__}" for one in group.registered_commands)
    for one in group.registered_groups:
        yield from command_names(one.typer_instance, f"{prefix}{one.name} " if one.name else prefix)


def test_generated_pages_are_up_to_date() -> None:
    pages = dict(generated_pages(ROOT))
    assert {path.relative_to(ROOT).as_posix() for path in pages} == {
        *("docs/reference/settings.md", "docs/reference/commands.md", "docs/reference/parameters.md"),
        *("docs/reasons.md", "docs/index.md"),
    }
    assert [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text] == [], (
        "run: make docs"
    )


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^missing: <!-- needs: made by `make docs` --> \.\.\. <!-- end of needs -->$"
    ):
        replace_part("<!-- needs: made by `make docs` -->\nold\n", "needs", "new")


def test_reference_has_every_setting() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [variable(name) for name in Settings.model_fields]


def test_reference_has_every_command_with_an_example() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    names = set(command_names(app))
    assert set(sections) == names | {"Install the command", "Exit codes"}
    for name in names:
        assert f"\nUsage: `imagesearch-ingest {name} [OPTIONS]" in sections[name]
        assert re.search(rf"^Example: `imagesearch-ingest {name}\b", sections[name], re.MULTILINE)
    assert "| `--num N` | Most hits to show. [default: 10; `1<=x<=100`] |" in sections["search"]
    assert "Beside the common [exit codes](#exit-codes): 4." in sections["audit"]
    assert "Beside the common [exit codes](#exit-codes): 3, 4." in sections["explain"]


def test_reference_has_every_exit_code() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    table = page.partition("## Exit codes")[2].partition("##")[0]
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert codes == [0, 1, 2, 3, 4, 5, 6, 7, 130, 143]


def test_reference_has_every_parameter() -> None:
    page = (ROOT / "docs/reference/parameters.md").read_text(encoding="utf-8")
    assert "| `RateSharePercent` | `100` | `10`, `20`, `25`, " in page
    assert page.count("| `InstanceName` | *required* | at most 20 characters | Name (not ID) of the ") == 2
    assert "| `OldestUploadAlarmSeconds` | `1800` | 60 to 1209600 |" in page
    assert "| `CodeBucketName` | *empty* | the name of a bucket, of lower-case letters, digits and hyphens | " in page
    assert page.count("([docs/key-rules.md](../key-rules.md))") == 2


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
    demo = (ROOT / "docs/images/demo.svg").read_text(encoding="utf-8")
    for text in (Reason.UNSUPPORTED_FORMAT.hint, pictures, demo):
        assert re.search(rf"\b{file_format.title}\b", text)


def test_renamed_settings_have_new_names() -> None:
    rows = re.findall(r"\| `(INGEST_\w+)` \| `(INGEST_\w+)` \|", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    names = {variable(field) for field in Settings.model_fields}
    assert rows
    assert {old for old, _ in rows} & names == set()
    assert {new for _, new in rows} <= names
