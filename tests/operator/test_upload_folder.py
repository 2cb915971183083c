import json
from pathlib import Path

import pytest

from imagesearch_ops.clouds import CloudName
from imagesearch_ops.errors import InputError
from imagesearch_ops.upload_folder import METADATA_FILE, read_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key in ("b.jpg", "a/1.jpg", ".hidden", ".cache/x.jpg"):
        path = tmp_path / key
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def refusal(folder: Path, cloud: CloudName = CloudName.AWS) -> str:
    with pytest.raises(InputError) as error:
        read_folder(folder, cloud)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_keys_are_paths_and_dotfiles_are_left_out(folder: Path) -> None:
    assert [upload.key for upload in read_folder(folder)] == ["a/1.jpg", "b.jpg"]


def test_metadata_is_encoded_for_a_header(folder: Path) -> None:
    (folder / METADATA_FILE).write_text(json.dumps({"a/1.jpg": {"colour": "red", "name": "鞋"}}))
    first, second = read_folder(folder)
    assert first.metadata == {"colour": "red", "name": "=?utf-8?b?6Z6L?="}
    assert second.metadata == {}


@pytest.mark.parametrize(
    "metadata",
    [
        "[]",
        "not json",
        '{"b.jpg": "red"}',
        '{"b.jpg": {"colour": 5}}',
        '{"b.jpg": {"a b": "v"}}',
        '{"b.jpg": {"größe": "v"}}',
        '{"b.jpg": {"": "v"}}',
        '{"b.jpg": {"colour": "two\\nlines"}}',
        '{"b.jpg": {"colour": "\\ud800"}}',
        '{"c.jpg": {"colour": "red"}}',
    ],
)
def test_impossible_metadata_is_refused(folder: Path, metadata: str) -> None:
    (folder / METADATA_FILE).write_text(metadata, encoding="utf-8")
    assert METADATA_FILE in refusal(folder)


def test_key_too_long_for_s3_is_refused(folder: Path) -> None:
    deep = folder.joinpath(*["d" * 200] * 6)
    deep.mkdir(parents=True)
    (deep / "x.jpg").touch()
    assert "1024" in refusal(folder)


def test_longest_key_depends_on_the_cloud(folder: Path) -> None:
    deep = folder.joinpath(*["d" * 200] * 5)
    deep.mkdir(parents=True)
    longest = deep / ("x" * (1024 - 5 * 201))
    longest.touch()
    assert len(read_folder(folder)) == 3
    assert "OSS takes at most 1023" in refusal(folder, CloudName.ALIBABA)
    longest.rename(deep / ("x" * (1023 - 5 * 201)))
    assert len(read_folder(folder, CloudName.ALIBABA)) == 3


def test_backslash_at_the_start_is_refused_for_oss(folder: Path) -> None:
    (folder / "\\a.jpg").touch()
    assert len(read_folder(folder)) == 3
    assert "Rename it" in refusal(folder, CloudName.ALIBABA)


def test_key_with_a_line_break_is_refused(folder: Path) -> None:
    (folder / "new\nline.jpg").touch()
    assert "line break" in refusal(folder)


def test_name_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "caf\udce9.jpg").touch()
    assert "UTF-8" in refusal(folder)


def test_empty_and_missing_folders_are_refused(tmp_path: Path) -> None:
    assert "no files" in refusal(tmp_path)
    assert "is not a folder" in refusal(tmp_path / "missing")
