"""``search --html``: the picture and its hits on one static page."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from imagesearch_ops.errors import InputError
from imagesearch_ops.searching.search import run_search
from tests.support.pictures import encode, scene

_IMAGE = re.compile(r'<img src="data:image/webp;base64,([^"]+)" width="(\d+)" height="(\d+)" alt="([a-z0-9 ]+)"')


@pytest.fixture
def query(tmp_path: Path) -> str:
    path = tmp_path / "<i>query\u202e.jpg"
    path.write_bytes(encode(scene(400, 300), "JPEG"))
    return str(path)


def make_page(query: str, environ: dict[str, str], folder: Path) -> str:
    page = folder / "page.html"
    assert run_search(query, environ, num=10, page=page, as_json=True) == 0
    return page.read_text(encoding="utf-8")


def read_images(page: str) -> dict[str, Image.Image]:
    """Return the pictures of the page by their alternative text. Each is as large as the page says."""
    found = {}
    for data, width, height, words in _IMAGE.findall(page):
        found[words] = Image.open(io.BytesIO(base64.b64decode(data)))
        assert found[words].size == (int(width), int(height))
    return found


@pytest.mark.usefixtures("shop")
def test_hits_are_shown_with_the_pictures_of_the_bucket(environ, aws, bucket, query, tmp_path) -> None:
    client = aws.client("s3")
    client.put_object(Bucket=bucket, Key="shoes/2001/side.jpg", Body=encode(scene(400, 300), "JPEG"))
    client.put_object(Bucket=bucket, Key="shoes/2001/sole.jpg", Body=b"no picture any more")
    page = make_page(query, environ, tmp_path)
    images = read_images(page)
    assert {*images} == {"the picture searched with", "the picture of hit 1"}
    assert images["the picture of hit 1"].size == (400, 300)
    assert page.count("picture not read") == 2
    assert "3 hits, the most similar first" in page
    assert "<dt>StrAttr</dt><dd><code>red</code></dd>" in page


@pytest.mark.usefixtures("shop", "bucket")
def test_a_bucket_that_cannot_be_read_leaves_a_page(environ, query, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    page = make_page(query, environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, tmp_path)
    assert page.count("picture not read") == 3
    assert [*read_images(page)] == ["the picture searched with"]
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.usefixtures("shop")
def test_a_page_without_a_bucket_shows_the_hits(environ, query, tmp_path) -> None:
    del environ["INGEST_BUCKET"]
    assert make_page(query, environ, tmp_path).count("picture not read") == 3


@pytest.mark.usefixtures("shop")
def test_hostile_names_stay_inert(environ, query, tmp_path) -> None:
    page = make_page(query, environ, tmp_path)
    assert "<script" not in page
    assert "<b>exe" not in page
    assert "<i>" not in page
    assert not set(page) & {"\x1b", "\u202e"}
    assert r"a\u202egpj.&lt;b&gt;exe&lt;/b&gt;.jpg" in page
    assert re.findall(r'(?:src|href)="(?!data:image/webp;base64,)', page) == []


@pytest.mark.usefixtures("service")
def test_a_page_says_that_nothing_was_found(environ, query, tmp_path) -> None:
    assert "Nothing in the index is similar to this picture." in make_page(query, environ, tmp_path)


@pytest.mark.usefixtures("shop")
def test_a_page_replaces_no_device(environ, query, tmp_path) -> None:
    with pytest.raises(InputError, match="/dev/null is not a regular file"):
        run_search(query, environ, num=1, page=Path("/dev/null"), as_json=False)
    with pytest.raises(InputError, match="--html names the picture itself"):
        run_search(query, environ, num=1, page=Path(query), as_json=False)
    with pytest.raises(InputError, match="does not exist"):
        run_search(query, environ, num=1, page=tmp_path / "no" / "page.html", as_json=False)
