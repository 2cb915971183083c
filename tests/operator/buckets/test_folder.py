"""A folder stands for a bucket: the keys are the paths below it."""

import os
from pathlib import Path

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.folder import FolderBucket
from imagesearch_ops.errors import InputError
from imagesearch_ops.upload_folder import METADATA_FILE, read_folder


def fill(folder: Path, *keys: str) -> Path:
    for key in keys:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(key.encode())
    return folder


def keys_of(folder: Path, prefix: str = "", after: str = "") -> list[str]:
    return [one.key for page in FolderBucket(folder).pages(prefix, after) for one in page]


def test_keys_come_in_the_order_of_bytes_also_between_files_and_folders(tmp_path: Path) -> None:
    keys = ["a.jpg", "a/1.jpg", "a0.jpg", "a/b/c.jpg", "a-b/x.jpg", "é/1.jpg", "\U0001f45f.jpg", "z.jpg", "B.jpg"]
    fill(tmp_path, *keys)
    assert keys_of(tmp_path) == [
        "B.jpg",
        "a-b/x.jpg",
        "a.jpg",
        "a/1.jpg",
        "a/b/c.jpg",
        "a0.jpg",
        "z.jpg",
        "é/1.jpg",
        "\U0001f45f.jpg",
    ]


def test_keys_are_those_of_the_demo(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.jpg", ".hidden", ".cache/x.jpg", "b.jpg", "c/.d/e.jpg")
    (tmp_path / "link.jpg").symlink_to("b.jpg")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "gone.jpg").symlink_to("nowhere")
    assert keys_of(tmp_path) == ["a/1.jpg", "b.jpg", "link.jpg"] == [upload.key for upload in read_folder(tmp_path)]


def test_a_folder_is_listed_in_pages_and_after_a_key(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number:04}" for number in range(1001)))
    assert [len(page) for page in FolderBucket(tmp_path).pages("", "")] == [1000, 1]
    assert keys_of(tmp_path, after="0997") == ["0998", "0999", "1000"]


def test_sizes_bytes_and_metadata_are_read(tmp_path: Path) -> None:
    fill(tmp_path, "a\nb.jpg")
    (tmp_path / METADATA_FILE).write_text('{"a\\nb.jpg": {"category-id": "3"}}')
    bucket = FolderBucket(tmp_path)
    ((found,),) = bucket.pages("", "")
    assert (found.size, found.etag, found.storage_class, found.is_archived) == (7, "", "STANDARD", False)
    source = bucket.fetch("a\nb.jpg", 100)
    assert source is not None
    assert (source.data, source.state.metadata) == (b"a\nb.jpg", {"category-id": "3"})


def test_a_file_that_is_gone_is_none_and_a_large_one_is_refused(tmp_path: Path) -> None:
    bucket = FolderBucket(fill(tmp_path, "a"))
    assert bucket.fetch("b", 100) is None
    with pytest.raises(IngestError) as error:
        bucket.fetch("a", 0)
    assert error.value.reason is Reason.OBJECT_TOO_LARGE


def test_a_file_that_cannot_be_read_is_a_fault_of_this_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IngestError, match="the file cannot be read: not a regular file"):
        FolderBucket(tmp_path).fetch("pipe", 100)


def test_a_name_that_no_key_can_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"")
    with pytest.raises(InputError, match="the name is not UTF-8, which keys must be"):
        keys_of(tmp_path)


def test_only_a_folder_is_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        FolderBucket(tmp_path / "nowhere")
