"""The parts of ``prepare`` within this process; tests/e2e/test_cli.py runs the command."""

import errno
import json
import os
from io import BytesIO
from pathlib import Path, PurePath

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ops import input_files
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.input_files import MAX_BYTES, InputFile, find_files, read_file
from imagesearch_ops.output_folder import OutputFolder
from imagesearch_ops.parallel_preparer import ParallelPreparer
from imagesearch_ops.prepare import PrepareOptions, run_prepare
from tests.support.pictures import encode, jpeg, scene

FIELDS = ["path", "outcome", "reason", "format", "width", "height", "bytes_in", "bytes_out", "steps", "ms", "detail"]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for name, data in {
        "b.jpg": jpeg(),
        "a/large.jpg": jpeg(5000, 3000),
        "a/text.jpg": b"only text",
        "a/empty.png": b"",
        "c.png": encode(scene(), "PNG"),
        ".hidden.jpg": jpeg(),
        ".hidden/d.jpg": jpeg(),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def prepare_as_json(capsys: pytest.CaptureFixture[str], *paths: Path, output: Path | None = None) -> list[dict]:
    run_prepare(paths, PrepareOptions(output), {}, as_json=True)
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert last.keys() == {"summary"}
    return lines


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refusal(*paths: Path, output: Path | None = None) -> str:
    with pytest.raises(InputError) as error:
        run_prepare(paths, PrepareOptions(output), {}, as_json=True)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_each_file_gets_one_line_in_a_stable_order(pictures: Path, capsys) -> None:
    lines = prepare_as_json(capsys, pictures)
    assert [line["path"].removeprefix(f"{pictures}/") for line in lines] == [
        "a/empty.png",
        "a/large.jpg",
        "a/text.jpg",
        "b.jpg",
        "c.png",
    ]
    assert all(list(line) == FIELDS for line in lines)
    assert [line["reason"] for line in lines] == ["object_empty", None, "not_an_image", None, None]
    _, large, text, *_ = lines
    assert (large["outcome"], large["width"] <= 4096, large["bytes_in"]) == ("prepared", True, len(jpeg(5000, 3000)))
    assert any("4096" in step for step in large["steps"])
    nothing = {"outcome": "rejected", "format": None, "width": None, "height": None, "bytes_out": None, "steps": []}
    assert {name: text[name] for name in nothing} == nothing
    assert text["bytes_in"] == len(b"only text")


def test_paths_keep_their_order(pictures: Path, capsys) -> None:
    lines = prepare_as_json(capsys, pictures / "c.png", pictures / "a", pictures / ".hidden.jpg")
    assert [Path(line["path"]).name for line in lines] == [
        "c.png",
        "empty.png",
        "large.jpg",
        "text.jpg",
        ".hidden.jpg",
    ]


def test_exit_code_is_3_if_a_file_is_rejected(pictures: Path) -> None:
    assert run_prepare([pictures / "b.jpg", pictures / "c.png"], PrepareOptions(), {}, as_json=True) is ExitCode.OK
    assert run_prepare([pictures], PrepareOptions(), {}, as_json=True) is ExitCode.INCOMPLETE


def test_table_adds_up_and_gives_reasons(pictures: Path, capsys) -> None:
    (pictures / "gone.jpg").symlink_to("nowhere")
    assert run_prepare([pictures], PrepareOptions(), {}, as_json=False) is ExitCode.INCOMPLETE
    out, err = capsys.readouterr()
    assert out.endswith("\n6 seen, 3 prepared, 2 rejected, 1 not read\n")
    assert "not_an_image: it looks like text" in out
    assert err == f"{pictures}/gone.jpg: cannot be read: No such file or directory\n"


def test_output_mirrors_the_input_folders(pictures: Path, tmp_path: Path, capsys) -> None:
    lines = prepare_as_json(capsys, pictures, output=tmp_path / "new/out")
    suffix = {"JPEG": ".jpg", "PNG": ".png"}[lines[-1]["format"]]
    assert names(tmp_path / "new/out") == ["a/large.jpg", "b.jpg", f"c{suffix}"]
    for line in lines:
        if line["outcome"] == "prepared":
            name = Path(line["path"]).relative_to(pictures)
            written = (tmp_path / "new/out" / name).with_suffix(suffix if name.stem == "c" else ".jpg")
            image = Image.open(BytesIO(written.read_bytes()))
            image.load()
            assert (image.format, *image.size, written.stat().st_size) == (
                line["format"],
                line["width"],
                line["height"],
                line["bytes_out"],
            )


def test_second_run_replaces_the_first_output(pictures: Path, tmp_path: Path, capsys) -> None:
    prepare_as_json(capsys, pictures, output=tmp_path / "out")
    before = names(tmp_path / "out")
    (pictures / "b.jpg").write_bytes(jpeg(400, 300))
    prepare_as_json(capsys, pictures, output=tmp_path / "out")
    assert names(tmp_path / "out") == before
    assert Image.open(BytesIO((tmp_path / "out/b.jpg").read_bytes())).size == (400, 300)


def write_all(target: OutputFolder, *written: tuple[str, str]) -> list[str]:
    return [target.write(PurePath(name), form, name.encode()).name for name, form in written]


def test_equal_names_are_numbered(tmp_path: Path) -> None:
    target = OutputFolder(tmp_path / "out", [], [])
    given = [("a.gif", "JPEG"), ("a.jpg", "JPEG"), ("A.JPEG", "JPEG"), ("a-2.png", "JPEG"), ("a.png", "PNG")]
    assert write_all(target, *given) == ["a.jpg", "a-2.jpg", "A-3.jpg", "a-2-2.jpg", "a.png"]
    assert {path.read_bytes() for path in (tmp_path / "out").iterdir()} == {name.encode() for name, _ in given}


def test_only_suffixes_of_images_are_replaced(tmp_path: Path) -> None:
    target = OutputFolder(tmp_path / "out", [], [])
    given = [("v1.2", "JPEG"), ("plain", "PNG"), ("x.TIFF", "JPEG"), ("y.webp", "WEBP"), ("z.jpg", "GIF")]
    assert write_all(target, *given) == ["v1.2.jpg", "plain.png", "x.jpg", "y.webp", "z.gif"]


def test_folder_named_like_an_image_stays_a_folder(tmp_path: Path) -> None:
    files = [InputFile(Path("in/a"), PurePath("a")), InputFile(Path("in/a.jpg/b"), PurePath("a.jpg/b"))]
    target = OutputFolder(tmp_path / "out", [], files)
    for file in files:
        target.write(file.name, "JPEG", b"x")
    assert names(tmp_path / "out") == ["a-2.jpg", "a.jpg/b.jpg"]


def test_sources_are_never_overwritten(pictures: Path, capsys) -> None:
    before = (pictures / "b.jpg").read_bytes()
    run_prepare([pictures / "b.jpg"], PrepareOptions(pictures), {}, as_json=True)
    assert (pictures / "b.jpg").read_bytes() == before
    assert (pictures / "b-2.jpg").exists()
    assert "written as" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["pictures", "pictures/new/out", "link", "link/out", "other/../pictures/a"])
def test_output_inside_a_source_is_refused(pictures: Path, tmp_path: Path, output: str) -> None:
    (tmp_path / "link").symlink_to(pictures)
    (tmp_path / "other").mkdir()
    before = names(tmp_path)
    assert "--output is inside" in refusal(pictures, output=tmp_path / output)
    assert names(tmp_path) == before
    assert not (pictures / "new").exists()


def test_unusable_output_and_paths_are_refused(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file" in refusal(pictures, output=tmp_path / "file")
    assert "/nowhere" in refusal(pictures, tmp_path / "nowhere", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "none").mkdir()
    assert "no files" in refusal(tmp_path / "none")


def test_full_disk_ends_the_run_without_a_partial_file(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"large\.jpg: cannot be written: No space left on device$"):
        run_prepare([pictures], PrepareOptions(tmp_path / "out"), {}, as_json=True)
    assert names(tmp_path / "out") == []


def test_links_to_files_are_followed_and_to_folders_not(pictures: Path, tmp_path: Path) -> None:
    (pictures / "link.jpg").symlink_to(pictures / "b.jpg")
    (pictures / "loop").symlink_to(pictures)
    found = find_files([pictures])
    assert [file.name.as_posix() for file in found.files][-1] == "link.jpg"
    assert not any("loop" in file.name.parts for file in found.files)
    assert found.faults == [f"{pictures}/loop: link to a folder, not followed"]
    (tmp_path / "way").symlink_to(pictures)
    assert len(find_files([tmp_path / "way"]).files) == len(found.files)


def test_pipe_does_not_block_the_run(pictures: Path, capsys) -> None:
    os.mkfifo(pictures / "pipe.jpg")
    assert len(prepare_as_json(capsys, pictures)) == 5
    run_prepare([pictures], PrepareOptions(), {}, as_json=True)
    assert capsys.readouterr().err == f"{pictures}/pipe.jpg: cannot be read: not a regular file\n"


@pytest.mark.parametrize(("size", "reason"), [(MAX_BYTES, "not_an_image"), (MAX_BYTES + 1, "object_too_large")])
def test_too_large_file_is_not_read(tmp_path: Path, capsys, size: int, reason: str) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(size)
    (line,) = prepare_as_json(capsys, tmp_path / "large")
    assert (line["reason"], line["bytes_in"]) == (reason, size)


def test_growing_file_is_read_up_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "MAX_BYTES", 10)
    (tmp_path / "a").write_bytes(bytes(11))
    assert read_file(tmp_path / "a") == (11, b"")
    (tmp_path / "a").write_bytes(bytes(10))
    assert read_file(tmp_path / "a") == (10, bytes(10))


def test_names_of_any_kind_are_printed_safely(tmp_path: Path, capsys) -> None:
    for name in ("new\nline.jpg", "caf\udce9.jpg", "\x1b[31mred.jpg"):
        (tmp_path / name).write_bytes(jpeg())
    assert {Path(line["path"]).name for line in prepare_as_json(capsys, tmp_path)} == {
        "new\nline.jpg",
        "caf\udce9.jpg",
        "\x1b[31mred.jpg",
    }
    run_prepare([tmp_path], PrepareOptions(), {}, as_json=False)
    assert "\x1b" not in capsys.readouterr().out


def test_waiting_results_are_bounded(pictures: Path) -> None:
    """Files are read only as results are consumed."""
    taken = []

    def endless():
        for number in range(10_000):
            taken.append(number)
            yield InputFile(pictures / "b.jpg", PurePath("b.jpg"))

    preparer = ParallelPreparer({}, Policy(), keep_data=True)
    try:
        results = preparer.run(endless())
        for _ in range(3):
            next(results)
        assert len(taken) < 16 * (os.cpu_count() or 1) + 5
    finally:
        preparer.close()


def test_settings_decide_as_in_the_function(pictures: Path, capsys) -> None:
    settings = {"INGEST_MAX_SOURCE_MEGAPIXELS": "1"}
    assert run_prepare([pictures / "a/large.jpg"], PrepareOptions(), settings, as_json=True) is ExitCode.INCOMPLETE
    line, last = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert line["reason"] == "too_many_pixels"
    assert last["summary"]["rejected"] == 1


def test_a_wrong_setting_stops_the_start(pictures: Path, capsys) -> None:
    with pytest.raises(SettingsError, match="INGEST_KEY_TEMPLATE"):
        run_prepare([pictures], PrepareOptions(), {"INGEST_KEY_TEMPLATE": "{"}, as_json=True)
    (last,) = capsys.readouterr().out.splitlines()
    assert json.loads(last)["summary"]["exit"] == 2


def test_only_problems_are_shown(pictures: Path, capsys) -> None:
    run_prepare([pictures], PrepareOptions(problems_only=True), {}, as_json=True)
    *lines, last = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [line["reason"] for line in lines] == ["object_empty", "not_an_image"]
    assert last["summary"]["seen"] == 5
