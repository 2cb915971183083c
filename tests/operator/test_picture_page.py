"""``prepare --html``: a static page that shows each picture before and after, the reasons first."""

import base64
import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from imagesearch_ops import picture_page
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.prepare import PrepareOptions, run_prepare
from tests.support.pictures import encode, jpeg, scene

RED, BLUE = (220, 30, 30), (30, 30, 220)
_IMAGE = re.compile(r'<img src="data:image/webp;base64,([^"]+)" width="(\d+)" height="(\d+)" alt="([a-z ]+)"')


def two_colours(width: int = 300, height: int = 200) -> Image.Image:
    """Return red over blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def write(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def make_page(*paths: Path, page: Path) -> str:
    run_prepare(paths, PrepareOptions(html=page), {}, as_json=True)
    return page.read_text(encoding="utf-8")


def read_images(page: str) -> dict[str, list[Image.Image]]:
    """Return the pictures of the page by their alternative text. Each is as large as the page says."""
    found: dict[str, list[Image.Image]] = {}
    for data, width, height, words in _IMAGE.findall(page):
        image = Image.open(BytesIO(base64.b64decode(data)))
        assert image.size == (int(width), int(height))
        found.setdefault(words, []).append(image)
    return found


def is_near(image: Image.Image, place: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    across, down = place
    found = image.convert("RGB").getpixel((int(image.width * across), int(image.height * down)))
    return max(abs(one - other) for one, other in zip(found, colour, strict=True)) < 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return write(
        tmp_path / "in",
        plain_jpg=jpeg(),
        turned_jpg=encode(two_colours(), "JPEG", exif=exif),
        text_jpg=b"only text",
        more_jpg=b"more text",
        small_png=encode(two_colours(20, 10), "PNG"),
        cut_png=encode(scene(400, 300), "PNG")[:900],
    )


def test_reasons_come_first_with_what_to_do(folder: Path, tmp_path: Path) -> None:
    page = make_page(folder, page=tmp_path / "page.html")
    assert "<b>6</b>seen" in page
    assert "<b>4</b>rejected" in page
    order = [
        page.index(words) for words in ('id="not_an_image"', 'id="corrupt_image"', 'id="changed"', 'id="as-they-are"')
    ]
    assert page.index("<h2>Reasons</h2>") < order[0]
    assert order == sorted(order)
    assert (
        '<a href="#not_an_image"><code>not_an_image</code></a></td><td class="number" data-name="pictures">2</td>'
        in page
    )
    assert "Upload a larger picture, or set INGEST_SMALL_PICTURES to pad or upscale." in page
    assert 'docs/reasons.md#image_too_small" rel="noreferrer"' in page
    assert "20x10 pixels; both sides must be at least 100" in page


def test_each_picture_is_shown_before_and_after(folder: Path, tmp_path: Path) -> None:
    page = make_page(folder / "turned.jpg", page=tmp_path / "page.html")
    (before,), (after,) = read_images(page)["before"], read_images(page)["after"]
    for image in (before, after):  # orientation 6 brings the top to the right
        assert image.width < image.height
        assert is_near(image, (0.75, 0.5), RED)
        assert is_near(image, (0.25, 0.5), BLUE)
    assert "JPEG, 300x200, " in page
    assert "→ JPEG, 200x300, " in page
    assert "rotated 90" in page


def test_a_rejected_picture_is_shown_if_it_can_be(folder: Path, tmp_path: Path) -> None:
    targa = write(tmp_path / "targa", a_tga=encode(two_colours(), "TGA"))
    assert is_near(read_images(make_page(targa, page=tmp_path / "a.html"))["as uploaded"][0], (0.5, 0.25), RED)
    assert len(read_images(make_page(folder / "cut.png", page=tmp_path / "a.html"))["as uploaded"]) == 1
    page = make_page(folder / "text.jpg", page=tmp_path / "a.html")
    assert read_images(page) == {}
    assert "cannot be shown" in page


def test_before_keeps_transparency_and_profile(tmp_path: Path) -> None:
    image = two_colours()
    image.putalpha(0)
    source = write(tmp_path / "in", a_png=encode(image, "PNG", icc_profile=b"a profile" * 20))
    shown = read_images(make_page(source, page=tmp_path / "a.html"))
    assert shown["before"][0].getchannel("A").getextrema() == (0, 0)
    assert shown["before"][0].info["icc_profile"] == b"a profile" * 20
    assert shown["after"][0].mode == "RGB"
    assert is_near(shown["after"][0], (0.5, 0.5), (255, 255, 255))


def test_the_page_asks_for_nothing_and_names_are_inert(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    names = [
        "<script>alert(1).jpg",
        '"onerror="x.jpg',
        "\u202egpj.exe.jpg",
        "{{ 7 * 7 }}.jpg",
        "caf\udce9.jpg",
        "אבג.jpg",
        "&lt;.jpg",
    ]
    for name in names:
        (folder / os.fsdecode(name.encode("utf-8", "surrogateescape"))).write_bytes(b"no picture")
    page = make_page(folder, page=tmp_path / "page.html")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert not re.search(r"<script|<link|@import|url\(|javascript:", page)
    assert {address.partition(":")[0] for address in re.findall(r'(?:src|href)="([^"#]+)', page)} == {"https"}
    assert all(address.startswith("https://github.com/") for address in re.findall(r'href="([^"#]+)', page))
    for shown in (
        "&lt;script&gt;alert(1).jpg",
        "&#34;onerror=&#34;x.jpg",
        "\\u202egpj.exe.jpg",
        "{{ 7 * 7 }}.jpg",
        "אבג.jpg",
    ):
        assert shown in page
    assert "&amp;lt;.jpg" in page
    assert "\\udce9" in page


def test_the_page_is_bounded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_page, "MOST_PICTURES", 3)
    page = make_page(folder, page=tmp_path / "page.html")
    assert page.count("<article>") == 3
    assert "3 pictures of 6 are counted, but not shown" in page
    assert '<span class="dim">1, 0 shown</span>' in page


def test_previews_stop_at_the_budget(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (folder / f"z{number}.jpg").write_bytes(jpeg())
    every = len(make_page(folder, page=tmp_path / "page.html"))
    monkeypatch.setattr(picture_page, "MOST_PREVIEW_BYTES", 2000)
    page = make_page(folder, page=tmp_path / "page.html")
    assert len(page) < every / 2
    assert page.count("<article>") == 66
    assert "cannot be shown" in page


def test_a_long_group_waits_for_a_click(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_page, "_MOST_OPEN", 1)
    page = make_page(folder, page=tmp_path / "page.html")
    assert 'id="not_an_image">' in page
    assert 'id="corrupt_image" open>' in page


def test_a_warning_is_shown_before_the_other_prepared_pictures(tmp_path: Path) -> None:
    page = picture_page.PicturePage(tmp_path / "a.html", 100)
    for steps in ((), ("EXIF removed",), ("flattened",), ("blank: one colour", "flattened")):
        result = picture_page.FileResult("a.jpg", "prepared", None, "JPEG", 9, 9, 5, 5, steps, 1)
        page.add(picture_page.Done(None, result, None))
    page.write([tmp_path], [])
    text = page.path.read_text(encoding="utf-8")
    assert [text.index(words) for words in ("with a warning</li>", "changed</li>", "as they are</li>")]
    assert "<b>1</b>with a warning" in text
    assert "<b>2</b>sent as they are" in text
    assert text.index("blank: one colour, flattened") < text.index('id="changed"')


def test_files_that_cannot_be_read_are_listed(folder: Path, tmp_path: Path) -> None:
    (folder / "gone.jpg").symlink_to("nowhere")
    page = make_page(folder, page=tmp_path / "page.html")
    assert "<b>1</b>not read" in page
    assert "gone.jpg: cannot be read: No such file or directory" in page


def test_exit_codes_stay(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run_prepare([folder], PrepareOptions(html=page), {}, as_json=True) is ExitCode.INCOMPLETE
    assert run_prepare([folder / "plain.jpg"], PrepareOptions(html=page), {}, as_json=True) is ExitCode.OK


def test_the_page_is_not_read_as_a_picture(folder: Path) -> None:
    first = make_page(folder, page=folder / "page.html")
    assert "<b>6</b>seen" in first
    assert "<b>6</b>seen" in make_page(folder, page=folder / "page.html")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("in/plain.jpg", "--html names a page to write; its name must end in .html"),
        ("page", "--html names a page to write; its name must end in .html"),
        ("nowhere/page.html", "does not exist"),
        ("folder.html", "is not a regular file. Name another file."),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_first(folder: Path, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.html").mkdir()
    before = (folder / "plain.jpg").read_bytes()
    with pytest.raises(InputError, match=re.escape(words)):
        run_prepare([folder], PrepareOptions(tmp_path / "out", tmp_path / name), {}, as_json=True)
    assert (folder / "plain.jpg").read_bytes() == before
    assert not (tmp_path / "out").exists()


def test_a_run_that_fails_keeps_the_earlier_page(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.html"
    page.write_text("the earlier page")

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full"):
        run_prepare([folder], PrepareOptions(html=page), {}, as_json=True)
    assert page.read_text() == "the earlier page"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "page.html"]
