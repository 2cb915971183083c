"""The page of a plan: to read, to copy from, and inert whatever the keys are."""

import re
from pathlib import Path

import pytest

from imagesearch_ops.plan.planning import run_plan
from imagesearch_ops.plan.wanted import Wanted
from tests.support.browser import needs_browser, open_page
from tests.support.pictures import encode, jpeg, scene

HOSTILE = {
    "<script>alert(1)<": "&lt;script&gt;alert(1)&lt;",
    'x"onerror="x': "x&#34;onerror=&#34;x",
    "x\u202egpj.exe": "x\\u202egpj.exe",
    "a\x1b[31mb": "a\\x1b[31mb",
    "new\nline": "new\\nline",
    "{{ 7 * 7 }}": "{{ 7 * 7 }}",
    "אבג": "אבג",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {f"{key}.jpg": b"no picture" for key in HOSTILE}
    files |= {"small.png": encode(scene(20, 20), "PNG"), "gif.gif": encode(scene(), "GIF"), "a.jpg": jpeg()}
    files |= {"</style><img src=x>.jpg": b"", "Thumbs.db": b"x", f"{'k' * 130}/{'<b>' * 45}.jpg": b"x"}
    for key, data in files.items():
        path = tmp_path / "in" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "in"


@pytest.fixture
def page(folder: Path, tmp_path: Path) -> Path:
    environ = {"XDG_STATE_HOME": str(tmp_path / "state"), "INGEST_EXCLUDE": "*.gif"}
    run_plan(Wanted(str(folder), every=True, html=tmp_path / "page.html"), environ, as_json=True)
    return tmp_path / "page.html"


def test_reasons_come_first_with_what_to_do_and_a_command(page: Path, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<b>13</b>listed" in text
    assert "<b>10</b>taken by the rule" in text
    order = [text.index(words) for words in ("<h2>Reasons</h2>", 'id="not_an_image"', 'id="as-they-are"')]
    assert order == sorted(order)
    assert "Upload a larger picture, or set INGEST_SMALL_PICTURES to pad or upscale." in text
    command = f"INGEST_SMALL_PICTURES=pad imagesearch-ingest plan {folder} --all"
    assert f'<code class="copy">{command}</code>' in text
    assert "the exclude pattern" in text or "*.gif" in text  # the key and its detail
    assert "20x20 pixels; both sides must be at least 100" in text


def test_hostile_keys_are_inert_and_visible(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for shown in HOSTILE.values():
        assert f"{shown}.jpg</code>" in text
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in text
    assert not re.search(r"<script|<link|@import|url\(|javascript:|<b>k|<img src=x", text)
    assert not set(text) & {"\x1b", "\u202e"}


def test_a_command_to_copy_has_no_hidden_character(page: Path) -> None:
    for command in re.findall(r'<code class="copy">([^<]*)</code>', page.read_text(encoding="utf-8")):
        assert command.startswith(("imagesearch-ingest ", "INGEST_"))
        assert command.isprintable()


def test_a_bounded_number_of_each_reason_is_shown(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(50):
        (tmp_path / "in" / f"{number}.png").write_bytes(encode(scene(20, 20), "PNG"))
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    run_plan(Wanted(str(tmp_path / "in"), html=tmp_path / "page.html"), environ, as_json=True)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<article>") == 40
    assert "50, 40 shown" in text
    assert text.count('<img src="data:image/webp;base64,') == 40


def test_a_page_that_cannot_be_written_stops_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="does not exist"):
        run_plan(Wanted(str(folder), html=tmp_path / "no" / "a.html"), {"XDG_STATE_HOME": str(tmp_path)}, as_json=True)
    assert not (tmp_path / "imagesearch-ingest").exists()


@needs_browser
def test_a_browser_finds_no_fault_and_asks_for_nothing(page: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    own = open_page(blank, tmp_path / "one").hosts  # the browser's own
    opened = open_page(page, tmp_path / "two")
    assert opened.console == []
    assert opened.hosts <= own
    assert "Reasons" in opened.document
    assert "<script" not in opened.document


@needs_browser
def test_the_browser_would_tell(tmp_path: Path) -> None:
    """Without this, the test above could pass because nothing is ever told."""
    page = tmp_path / "page.html"
    head = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page.write_text(f"<!doctype html>{head}<img src='data:image/png;base64,AA'>", encoding="utf-8")
    assert any("Content Security Policy" in line for line in open_page(page, tmp_path).console)
    page.write_text("<!doctype html><img src='http://pictures.invalid/a.png'>", encoding="utf-8")
    assert "pictures.invalid" in open_page(page, tmp_path).hosts
