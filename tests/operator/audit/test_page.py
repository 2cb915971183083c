"""The page of an audit: drift first, commands to copy, and inert whatever the keys are."""

import re
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.page import write_page
from imagesearch_ops.audit.steps import Commands, list_steps
from imagesearch_ops.deployment_options import DeploymentOptions
from tests.support.browser import needs_browser, open_page

COUNTS = {
    "listed": 1500,
    "indexed": 1203,
    "same": 1000,
    "missing": 300,
    "orphaned": 1,
    "known_rejected": 190,
    "waiting": 0,
    "not_ours": 9,
    "foreign": 1,
    "errors": 1,
    "drift": True,
}
HOSTILE = {
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
    'x"onerror="x': "x&#34;onerror=&#34;x",
    "x\u202egpj.exe": "x\\u202egpj.exe",
    "new\nline": "new\\nline",
    "{{ 7 * 7 }}": "{{ 7 * 7 }}",
    "\ud800": "\\ud800",
    "אבג": "אבג",
}


def line(symbol: str, key: str | None, why: str = "", **fields: Any) -> dict[str, Any]:
    known = {"class": symbol, "key": key, "product_id": "1", "pic_name": key, "etag": "", "last_modified": 1767225600.0}
    return known | {"why": why} | fields


def write(path: Path, *lines: dict[str, Any], counts: dict[str, Any] = COUNTS, **more: Any) -> str:
    findings = Findings()
    for one in lines:
        findings.add(one)
    commands = Commands("20261129T0655-7f3a", "s3://pictures", DeploymentOptions(stack="shop"))
    write_page(path, "s3://pictures", counts, findings, list_steps(counts, findings, commands), **more)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


@pytest.fixture
def text(page: Path) -> str:
    lines = [line("x", f"bad/{n:03}.jpg", "corrupt_image: cut short (dead letter of 2026-01-01)") for n in range(190)]
    lines += [line("~", "young.jpg", "younger than the grace")]
    lines += [line("+", f"shoes/{n:03}.jpg", "no letter says why") for n in range(300)]
    lines += [line("-", "gone.jpg", "its object is gone", last_modified=None)]
    lines += [line("?", None, "by hand", product_id="9", pic_name="by <hand>.jpg", last_modified=None)]
    lines += [line("!", "denied.jpg", "access_denied: 403")]
    lines += [line(".", "a.txt", "excluded: *.txt", product_id=None, pic_name=None)]
    return write(page, *lines, notes=["The dump may not be <whole>."], taken_at=1767225600.0)


def test_drift_comes_first_and_is_open(text: str) -> None:
    order = [text.index(words) for words in ("300 missing", "1 orphaned", "1 undecided", "1 foreign", "190 known")]
    assert order == sorted(order)
    assert text.count("<details") == 7
    assert text.count('<details class="bad" open>') == 3


def test_counts_times_and_doubts_are_at_the_top(text: str) -> None:
    top = text[: text.index("<details")]
    assert "<b>1,000</b><code>=</code> same" in top
    assert "<b>300</b><code>+</code> missing" in top
    assert "with the index of 2026-01-01 00:00 UTC. 1,500 objects listed, 1,203 entries indexed." in top
    assert '<p class="warn">The dump may not be &lt;whole&gt;.</p>' in top
    assert '<p class="verdict bad">The index and the bucket differ.</p>' in top
    assert "waiting" not in top


def test_each_class_has_its_rows_with_the_reason_and_the_command(text: str) -> None:
    missing = text[text.index("300 missing") : text.index("1 orphaned")]
    assert missing.count('<td class="key">') == 200
    assert "The first 200 of 300." in missing
    assert '<code class="copy">imagesearch-ingest reconcile 20261129T0655-7f3a --stack shop</code>' in missing
    assert "imagesearch-ingest explain s3://pictures/shoes/000.jpg --stack shop" in missing
    assert "no letter says why</td>" in missing
    assert "2026-01-01 00:00:00" in missing
    rejected = text[text.index("190 known rejected") :]
    assert "corrupt_image 190." in rejected
    assert "imagesearch-ingest dlq list --by reason --stack shop" in rejected
    foreign = text[text.index("1 foreign") :]
    assert '<span class="dim">none</span>' in foreign
    assert "<code>9</code><br><code>by &lt;hand&gt;.jpg</code>" in foreign


@pytest.mark.parametrize(
    ("drift", "words", "tone"),
    [
        (True, "The index and the bucket differ.", "bad"),
        (False, "No drift: each difference has a known reason.", "good"),
        (None, "Nobody knows whether the index and the bucket differ.", "bad"),
    ],
)
def test_the_verdict_is_that_of_the_summary(page: Path, drift: bool | None, words: str, tone: str) -> None:  # noqa: FBT001
    counts = dict.fromkeys(COUNTS, 0) | {"drift": drift, "orphaned": None, "indexed": None}
    text = write(page, counts=counts)
    assert f'<p class="verdict {tone}">{words}</p>' in text
    assert "<b>unknown</b><code>-</code> orphaned" in text
    assert "unknown entries indexed" in text
    assert "<details" not in text


def test_hostile_keys_are_inert_and_visible(page: Path) -> None:
    lines = [line("+", key, f"timeout: {key}", pic_name=f"{key}2") for key in HOSTILE]
    text = write(page, *lines, notes=list(HOSTILE))
    for shown in HOSTILE.values():
        assert f'<td class="key"><code>{shown}</code>' in text
        assert f"timeout: {shown}</td>" in text
        assert f'<p class="warn">{shown}</p>' in text
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"<script|<link|@import|url\(|javascript:", text)
    assert not set(text) & {"\x1b", "\u202e"}


def test_a_command_to_copy_has_no_hidden_character(page: Path) -> None:
    for key in HOSTILE:
        commands = re.findall(r'<code class="copy">([^<]*)</code>', write(page, line("+", key)))
        assert len(commands) == 2
        assert all(command.startswith("imagesearch-ingest ") and command.isprintable() for command in commands)


@needs_browser
@pytest.mark.usefixtures("text")
def test_a_browser_finds_no_fault_and_asks_for_nothing(page: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    own = open_page(blank, tmp_path / "one").hosts  # the browser's own
    opened = open_page(page, tmp_path / "two")
    assert opened.console == []
    assert opened.hosts <= own
    assert "300 missing" in opened.document
