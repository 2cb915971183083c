"""The site of the documents: built without a warning, no dead link, nothing loaded from elsewhere."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.deployment.conftest import ROOT, cannot
from tests.support.browser import needs_browser, open_page

ZENSICAL = ROOT / ".venv-site/bin/zensical"
ADDRESS = "https://imagesearch-ingest.github.io/imagesearch-ingest/"
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}


class Page(HTMLParser):
    """What a page of the site has: its anchors, where it links to, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {value for name, value in attrs if name == "id" and value}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("rel") in {"canonical", "prev", "next"}:  # addresses, not files to load
            return
        if tag in LOADED and given.get(LOADED[tag]):
            self.loaded.append(str(given[LOADED[tag]]))


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    if not ZENSICAL.exists():
        cannot("zensical is not installed: 'make site' installs it")
    return subprocess.run(  # noqa: S603 - a fixed command
        [ZENSICAL, "build", "--clean", "--strict"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, as `make site` builds it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def find_faults(pages: dict[Path, Page]) -> Iterator[tuple[str, str]]:
    """Yield each page with a link that leads nowhere within the site."""
    for path, page in pages.items():
        for link in page.links:
            if path.name == "404.html" or re.match("[a-z]+:", link):
                continue
            target, _, anchor = unquote(link).partition("#")
            found = pages.get((path.parent / target).resolve() if target else path)
            if found is None or (anchor and anchor not in found.anchors):
                yield path.name, link


def test_every_document_is_a_page(site: Path, pages: dict[Path, Page]) -> None:
    documents = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    wanted = {path.with_name("index.html") if path.name == "README.html" else path for path in documents}
    assert {path.relative_to(site) for path in pages} == wanted | {Path("404.html")}


def test_every_link_leads_to_a_page_and_a_heading(pages: dict[Path, Page]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert list(find_faults(pages)) == []


def test_a_link_that_leads_nowhere_is_noticed(site: Path, pages: dict[Path, Page], tmp_path: Path) -> None:
    broken = Page(tmp_path / "x") if (tmp_path / "x").write_text('<a href="x.html">', encoding="utf-8") else None
    assert broken
    assert list(find_faults({**pages, site / "broken.html": broken})) == [("broken.html", "x.html")]


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    foreign = {
        (path.name, target)
        for path, page in pages.items()
        for target in page.loaded
        if re.match("([a-z]+:)?//", target) and not target.startswith(ADDRESS)
    }
    assert foreign == set()
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)]*", styles) == []


@needs_browser
@pytest.mark.parametrize("page", ["index.html", "reference/commands.html"])
def test_a_browser_asks_no_other_host(site: Path, tmp_path: Path, page: str) -> None:
    (tmp_path / "blank.html").write_text("<!doctype html>", encoding="utf-8")
    for name in ("blank", "page"):
        (tmp_path / name).mkdir()
    own = open_page(tmp_path / "blank.html", tmp_path / "blank").hosts  # the browser's own
    opened = open_page(site / page, tmp_path / "page")
    assert opened.hosts <= own
    assert "Find your page" in opened.document


def test_a_broken_link_or_anchor_stops_the_build(tmp_path: Path) -> None:
    config = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    (tmp_path / "zensical.toml").write_text(re.sub(r"^nav = \[.*?^\]\n", "", config, flags=re.DOTALL | re.MULTILINE))
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/site.css", tmp_path / "docs")
    index = tmp_path / "docs/index.md"
    index.write_text("# Title\n\n[here](#title)\n")
    assert build(tmp_path).returncode == 0
    index.write_text("# Title\n\n[one](nothing.md)\n[two](#nothing)\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout + done.stderr
    assert "anchor does not exist" in done.stdout + done.stderr
