"""Tests of the picture benchmark: its pictures are what the tables say, and only completed work counts."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms, JpegImagePlugin

from benchmarks.images.checks import Wanted, WrongWorkError
from benchmarks.images.contenders import FOLDER, OURS, PLAIN, PYVIPS, SHARP, find_commands
from benchmarks.images.measure import Cell, Row, measure
from benchmarks.images.profile_png import profile
from benchmarks.images.profiles import adobe_rgb, display_p3, srgb
from benchmarks.images.report import BEGIN, END, markdown, with_tables
from benchmarks.images.sources import ORIENTATION, SOURCES, Source
from benchmarks.images.worker import WorkerError, start_worker
from tests.support.pictures import encode, scene

BY_NAME = {source.name: source for source in SOURCES}
KINDS = {
    "jpeg-1200": ("JPEG", "RGB", 1),
    "jpeg-12mp": ("JPEG", "RGB", 1),
    "jpeg-12mp-rotated": ("JPEG", "RGB", 6),
    "jpeg-48mp": ("JPEG", "RGB", 1),
    "jpeg-12mp-srgb": ("JPEG", "RGB", 1),
    "jpeg-12mp-p3": ("JPEG", "RGB", 1),
    "jpeg-12mp-adobe": ("JPEG", "RGB", 1),
    "jpeg-12mp-444": ("JPEG", "RGB", 1),
    "jpeg-12mp-progressive": ("JPEG", "RGB", 1),
    "png-2000-alpha": ("PNG", "RGBA", None),
    "jpeg-2000-cmyk": ("JPEG", "CMYK", None),
    "webp-2000": ("WEBP", "RGB", None),
    "tiff-6mp-lzw": ("TIFF", "RGB", None),
    "gif-1000": ("GIF", "P", None),
    "png-24mp": ("PNG", "RGB", None),
}
SMALL = Source("small", "small, orientation 6", 320, 200, lambda image: jpeg(image, 6), turned=True)


def jpeg(image: Image.Image, orientation: int = 1, **options: object) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encode(image, **({"quality": 90, "subsampling": "4:2:0", "exif": exif} | options))


def upright(**options: object) -> bytes:
    """Return the picture that is wanted of SMALL at 320 px, if it shows the scene."""
    return encode(turned(), **({"quality": 90, "subsampling": "4:2:0"} | options))


def turned() -> Image.Image:
    return scene().transpose(Image.Transpose.ROTATE_270)


@pytest.fixture
def wanted() -> Wanted:
    return Wanted(SMALL, 320, upright())


@pytest.mark.parametrize("name", BY_NAME)
def test_source_is_of_its_kind_and_repeatable(name: str) -> None:
    source = BY_NAME[name]
    data = source.draw(shrink=16)
    assert data == source.draw(shrink=16)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode, image.getexif().get(ORIENTATION)) == KINDS[name]
        assert image.size == (source.width // 16, source.height // 16)


def test_rows_are_the_announced_ones() -> None:
    assert list(BY_NAME) == list(KINDS)
    megapixels = [round(source.width * source.height / 1e6) for source in SOURCES]
    assert megapixels == [1, 12, 12, 49, 12, 12, 12, 12, 12, 3, 3, 3, 6, 1, 24]


def test_pictures_cost_what_photographs_do() -> None:
    """Sizes per pixel are those of a JPEG of 12 MP with 2 to 4 MB, and of a PNG of 24 MP with 15 to 35 MB."""
    assert 2 / 12 < len(BY_NAME["jpeg-12mp"].draw(shrink=4)) / 1008 / 756 < 4 / 12
    assert 15 / 24 < len(BY_NAME["png-24mp"].draw(shrink=10)) / 600 / 400 < 35 / 24


@pytest.mark.parametrize(
    ("name", "primaries"),
    [
        ("jpeg-12mp-srgb", "sRGB"),
        ("jpeg-12mp-p3", "Display P3"),
        ("jpeg-12mp-adobe", "Adobe RGB"),
    ],
)
def test_sources_have_their_profiles(name: str, primaries: str) -> None:
    with Image.open(io.BytesIO(BY_NAME[name].draw(shrink=16))) as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert ImageCms.getProfileDescription(profile).strip() == primaries
    assert profile.profile.is_matrix_shaper


# Chromaticities adapted to D50 (IEC 61966-2-1, SMPTE EG 432-1, Adobe RGB (1998)): x of red and y of green.
@pytest.mark.parametrize(
    ("build", "red", "green"),
    [(srgb, 0.6484, 0.5978), (display_p3, 0.6820, 0.6746), (adobe_rgb, 0.6484, 0.7016)],
)
def test_profiles_have_the_published_primaries(build: Callable[[], bytes], red: float, green: float) -> None:
    shown = ImageCms.ImageCmsProfile(io.BytesIO(build())).profile
    assert shown.red_primary[1][0] == pytest.approx(red, abs=0.001)
    assert shown.green_primary[1][1] == pytest.approx(green, abs=0.001)


def test_progressive_and_full_chroma_are_what_they_say() -> None:
    with Image.open(io.BytesIO(BY_NAME["jpeg-12mp-progressive"].draw(shrink=16))) as image:
        assert image.info["progressive"]
    with Image.open(io.BytesIO(BY_NAME["jpeg-12mp-444"].draw(shrink=16))) as image:
        assert JpegImagePlugin.get_sampling(image) == 0


def test_a_source_is_drawn_once(tmp_path: Path) -> None:
    kept = SMALL.file(tmp_path)
    kept.write_bytes(b"kept")
    assert SMALL.file(tmp_path).read_bytes() == b"kept"
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("limit", [320, 240])
def test_project_and_pillow_do_the_same_work(tmp_path: Path, limit: int) -> None:
    commands = {name: command for name, command in find_commands().items() if name in {OURS, PLAIN}}
    row = measure(SMALL, SMALL.file(tmp_path), limit, commands=commands, runs=2, scratch=tmp_path)
    assert list(row.cells) == [OURS, PLAIN]
    assert all(len(cell.ms) == 2 and min(cell.ms) > 0 and cell.output_bytes > 0 for cell in row.cells.values())
    assert all(versions["Pillow"] for versions in row.versions.values())
    assert row.ratio(OURS) is None


def test_ended_worker_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"no picture")
    with (
        start_worker(PLAIN, find_commands()[PLAIN], tmp_path) as worker,
        pytest.raises(WorkerError, match="plain Pillow"),
    ):
        worker.prepare(tmp_path / "small", 320)


def test_wanted_work_passes(wanted: Wanted) -> None:
    wanted.check("somebody", upright())


OTHER_WORK = [
    ("not upright", encode(turned().transpose(Image.Transpose.ROTATE_180), quality=90)),
    ("longer side", encode(turned().resize((160, 256)), quality=90)),
    ("longer side", encode(turned().resize((400, 640)), quality=90)),
    ("proportions", encode(scene(), quality=90)),
    ("quality", upright(quality=80)),
    ("4:2:0", upright(subsampling="4:4:4")),
    ("metadata", upright(comment=b"by somebody")),
    ("colour", encode(turned().convert("L"), quality=90)),
    ("levels", encode(turned().point(lambda level: level * 0.9), quality=90)),
    ("does not decode", upright()[:2000]),
    ("instead of JPEG", encode(turned(), "PNG")),
]


@pytest.mark.parametrize(("problem", "output"), OTHER_WORK, ids=[problem for problem, _ in OTHER_WORK])
def test_other_work_is_an_error(wanted: Wanted, problem: str, output: bytes) -> None:
    with pytest.raises(WrongWorkError, match=problem):
        wanted.check("somebody", output)


def row(title: str, **ms: float) -> Row:
    names = {"ours": OURS, "pyvips": PYVIPS, "sharp": SHARP}
    return Row(title, 1024, {names[name]: Cell(7, 1000, [value]) for name, value in ms.items()}, {OURS: {"us": "1"}})


def test_ratio_is_to_the_faster_rival() -> None:
    tables = markdown([row("one", ours=50, pyvips=200, sharp=100), row("two", ours=40, sharp=20)], 15, "make it")
    assert "| one | 50.0 | 200 | 100 | not installed | not installed | 0.50 |" in tables
    assert "| two | 40.0 | not installed | 20.0 | not installed | not installed | 2.00 |" in tables
    assert "**1.00**" in tables


def test_prose_around_tables_stays() -> None:
    document = with_tables(f"before\n{BEGIN}old\n{END}after\n", "new")
    assert document.startswith("before\n")
    assert document.endswith("after\n")
    assert "new" in document
    assert "old" not in document
    with pytest.raises(ValueError, match="the document lacks the marks"):
        with_tables("no marks", "new")


def test_profile_names_each_part() -> None:
    parts = profile(BY_NAME["png-24mp"].draw(shrink=16), limit=128, runs=1)
    assert [name.partition(",")[0].partition(" (")[0] for name in parts][:3] == [
        "CRC of the compressed data",
        "inflate alone",
        "decode",
    ]
    assert all(ms > 0 for ms in parts.values())


def test_sharp_is_pinned_without_addresses() -> None:
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert lock["node_modules/sharp"]["version"] == package["dependencies"]["sharp"]
    assert all("integrity" in entry and "resolved" not in entry for path, entry in lock.items() if path)
