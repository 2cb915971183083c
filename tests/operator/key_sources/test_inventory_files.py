"""Inventories on this machine are read as their vendors write them, and only if they are whole."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.files import InventoryFiles
from tests.operator.key_sources.conftest import Open
from tests.operator.key_sources.inventories import (
    CREATED,
    csv_of,
    oss_manifest,
    oss_row,
    pack,
    s3_manifest,
    s3_row,
    write,
)

HOSTILE = [
    "pics/new\nline\t.jpg",
    "pics/plus+and%41 blank.jpg",
    "pics/%2F%252F.jpg",
    "pics/trailing ",
    'pics/"quote",comma.jpg',
    "pics/\u202egpj.exe",
    "pics/鞋/\U0001f45f.jpg",
]
S3_SCHEMA = "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass"
OSS_SCHEMA = "Bucket, Key, StorageClass, ETag, LastModifiedDate, Size"
DATA = "inventory/shop/weekly/data/4f0c.csv.gz"
MORE_DATA = "inventory/shop/weekly/data/4f0c-1.csv.gz"
Change = Callable[[dict[str, Any]], object]


def columns(schema: str) -> list[str]:
    return schema.split(", ")


def write_s3(folder: Path, *keys: str, schema: str = S3_SCHEMA, below: str = "", **more: Any) -> Path:
    files = {DATA: pack(csv_of(columns(schema), list(map(s3_row, keys))))}
    return write(folder, s3_manifest(files, schema, **more), files, below)


def test_an_inventory_of_s3(open_source: Open, tmp_path: Path) -> None:
    files = {
        DATA: pack(csv_of(columns(S3_SCHEMA), list(map(s3_row, HOSTILE)))),
        MORE_DATA: pack(csv_of(columns(S3_SCHEMA), [s3_row("pics/last", StorageClass="GLACIER"), s3_row("other")])),
    }
    path = write(tmp_path, s3_manifest(files, S3_SCHEMA), files)
    source = open_source(path)
    found = list(source.objects("", 0))
    assert [one.key for one in found] == [*HOSTILE, "pics/last"]
    assert found[0][1:] == (70, "0cc175b9c0f1b6a831c399e269772661", "STANDARD", CREATED - 86_400.0)
    assert found[-1].is_archived
    assert (source.name, source.is_listing, source.is_complete, source.listed_at) == (str(path), False, True, CREATED)


def test_an_inventory_of_oss(open_source: Open, tmp_path: Path) -> None:
    files = {DATA: pack(csv_of(columns(OSS_SCHEMA), list(map(oss_row, HOSTILE))))}
    path = write(tmp_path, oss_manifest(files, OSS_SCHEMA), files)
    source = open_source(path, url="oss://shop/pics/")
    found = list(source.objects("", 0))
    assert [one.key for one in found] == HOSTILE
    assert found[0][1:] == (70, "0CC175B9C0F1B6A831C399E269772661", "Standard", CREATED - 86_400.0)
    assert source.listed_at == CREATED


def test_columns_without_quotes_are_read(open_source: Open, tmp_path: Path) -> None:
    files = {DATA: pack('shop,"dir%2Fbody.xml","102400","Standard","2025-04-14T07-06-00Z"\n')}
    path = write(tmp_path, oss_manifest(files, "Bucket,Key,Size,StorageClass,LastModifiedDate"), files)
    (found,) = open_source(path, url="oss://shop").objects("", 0)
    assert found == ("dir/body.xml", 102_400, "", "Standard", 1744614360.0)


def test_a_key_alone_is_enough(open_source: Open, tmp_path: Path) -> None:
    path = write_s3(tmp_path, "pics/a.jpg", schema="Bucket, Key")
    assert list(open_source(path).objects("", 0)) == [("pics/a.jpg", 0, "", "", None)]
    with pytest.raises(InputError, match=r"--since: .* does not say when pics/a\.jpg was written"):
        list(open_source(path, "2026-11-29").objects("", 0))


def test_only_the_latest_version_of_an_object_comes(open_source: Open, tmp_path: Path) -> None:
    schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"
    rows = [
        s3_row("pics/a", VersionId="3", IsLatest="true", IsDeleteMarker="false", Size="3"),
        s3_row("pics/a", VersionId="2", IsLatest="false", IsDeleteMarker="true", Size=""),
        s3_row("pics/a", VersionId="1", IsLatest="false", IsDeleteMarker="false", Size="1"),
        s3_row("pics/gone", VersionId="2", IsLatest="true", IsDeleteMarker="true", Size=""),
        s3_row("pics/gone", VersionId="1", IsLatest="false", IsDeleteMarker="false", Size="1"),
        s3_row("pics/unversioned", VersionId="", IsLatest="true", IsDeleteMarker="false", Size="5"),
    ]
    files = {DATA: pack(csv_of(columns(schema), rows))}
    path = write(tmp_path, s3_manifest(files, schema), files)
    assert [one[:2] for one in open_source(path).objects("", 0)] == [("pics/a", 3), ("pics/unversioned", 5)]


def test_since_leaves_older_objects_out(open_source: Open, tmp_path: Path) -> None:
    rows = [s3_row("pics/old", LastModifiedDate="2026-11-27T23:59:59.999Z"), s3_row("pics/new")]
    files = {DATA: pack(csv_of(columns(S3_SCHEMA), rows))}
    source = open_source(write(tmp_path, s3_manifest(files, S3_SCHEMA), files), "2026-11-28")
    assert [one.key for one in source.objects("", 0)] == ["pics/new"]
    assert not source.is_complete
    assert source.name.endswith("manifest.json since 2026-11-28T00:00:00Z")


@pytest.mark.parametrize("below", ["", "data", "inventory/shop/weekly/2026-11-29T07-00Z", "inventory/data"])
def test_data_files_are_found_where_a_copy_has_them(open_source: Open, tmp_path: Path, below: str) -> None:
    path = write_s3(tmp_path, "pics/a.jpg", below=below)
    assert [one.key for one in open_source(path).objects("", 0)] == ["pics/a.jpg"]


def test_reading_goes_on_behind_what_was_done(open_source: Open, tmp_path: Path) -> None:
    source = open_source(write_s3(tmp_path, "pics/c", "elsewhere", "pics/a", "pics/b"))
    assert [one.key for one in source.objects("pics/a", 2)] == ["pics/b"]
    with pytest.raises(InputError, match=r"manifest\.json is not what it was: object 2 of it is not pics/b"):
        list(source.objects("pics/b", 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fileFormat": "ORC"}, "the inventory is in ORC, and only CSV is read"),
        ({"fileFormat": "Parquet", "fileSchema": "message s3.inventory {"}, "is in Parquet, and only CSV is read"),
        ({"version": "2025-09-30"}, "an incremental inventory lists changes"),
        ({"version": "2031-01-01"}, r"the version of the inventory is 2031-01-01\. Known: 2016-11-30, 2019-09-01"),
        ({"sourceBucket": "other"}, "the inventory is of s3://other/, not of s3://shop"),
        ({"version": "2019-09-01"}, "the inventory is of oss://shop/, not of s3://shop"),
        ({"fileSchema": "Bucket, Size"}, "the fileSchema has no Bucket or no Key: Bucket, Size"),
        ({"fileSchema": "Bucket, Key, VersionId"}, "has a VersionId but no IsLatest"),
        ({"creationTimestamp": "yesterday"}, "the creationTimestamp is yesterday, which is no number"),
        ({"creationTimestamp": "1e999"}, "the creationTimestamp is 1e999, which is no number"),
        ({"sourceBucket": None}, "it has no sourceBucket"),
        ({"files": None}, "it has no files"),
        ({"files": [{"key": DATA, "size": 5}]}, "the entry of a data file needs a key, a size and an MD5checksum"),
        (
            {"files": [{"key": "data/../../../x", "size": 5, "MD5checksum": "0" * 32}]},
            r"the data file data/\.\./\.\./\.\./x is missing",
        ),
    ],
)
def test_another_manifest_is_refused(open_source: Open, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    with pytest.raises(InputError, match=rf"manifest\.json: .*{message}"):
        open_source(write_s3(tmp_path, "pics/a.jpg", **change))


@pytest.mark.parametrize("data", [b"", b"[]", b'{"fileSchema": "Bucket, K', b"pics/a.jpg\n"])
def test_what_is_no_manifest_is_refused(open_source: Open, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"manifest\.json: not the manifest of an inventory: it is not"):
        open_source(path)


def test_a_manifest_with_another_name_is_known_by_its_content(open_source: Open, tmp_path: Path) -> None:
    path = write_s3(tmp_path, "pics/a.jpg").rename(tmp_path / "latest.json")
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert [one.key for one in open_source(path).objects("", 0)] == ["pics/a.jpg"]


def test_a_missing_data_file_is_named_with_the_places(open_source: Open, tmp_path: Path) -> None:
    path = write_s3(tmp_path, "pics/a.jpg")
    (tmp_path / DATA).unlink()
    with pytest.raises(InputError, match=rf"{DATA} is missing\. Looked below .*/weekly/2026-11-29T07-00Z, .*/weekly"):
        open_source(path)


def test_a_data_file_of_another_size_is_refused(open_source: Open, tmp_path: Path) -> None:
    path = write_s3(tmp_path, "pics/a.jpg")
    (tmp_path / DATA).write_bytes(b"12345")
    with pytest.raises(InputError, match=rf"{DATA} has 5 bytes instead of \d+\. Fetch the file again"):
        open_source(path)


def test_a_wrong_md5_is_found_before_the_first_object(open_source: Open, tmp_path: Path) -> None:
    good, bad = (pack(csv_of(columns(S3_SCHEMA), [s3_row(f"pics/{name}")])) for name in "ab")
    path = write(tmp_path, s3_manifest({DATA: good, MORE_DATA: good}, S3_SCHEMA), {DATA: good, MORE_DATA: bad})
    with pytest.raises(InputError, match=rf"the MD5 of {MORE_DATA} is wrong"):
        next(open_source(path).objects("", 0))


GOOD = pack('"shop","pics/a"\n"shop","pics/b"\n')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (GOOD[:-9], "the gzip data is damaged or cut short"),
        (GOOD[:-8] + b"\0" * 8, "the gzip data is damaged or cut short"),
        (b'"shop","pics/a"\n', "the gzip data is damaged or cut short"),
        (pack('"shop","pics/a"\n"shop"\n'), "row 2 cannot be read: it has 1 fields instead of 2"),
        (pack('"shop","pics/a"\n"other","pics/a"\n'), "row 2 cannot be read: it is about the bucket other, not shop"),
        (pack('"shop","pics/%ff"\n'), "row 1 cannot be read: 'utf-8' codec"),
        (pack('"shop",""\n'), "row 1 cannot be read: its key is empty"),
        (pack('"shop","x"y"\n'), "row 1 cannot be read: ',' expected"),
    ],
)
def test_damaged_data_is_refused(open_source: Open, tmp_path: Path, data: bytes, message: str) -> None:
    path = write(tmp_path, s3_manifest({DATA: data}, "Bucket, Key"), {DATA: data})
    with pytest.raises(InputError, match=rf"manifest\.json: {DATA}: {message}"):
        list(open_source(path).objects("", 0))


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({"Size": "many"}, "invalid literal"),
        ({"LastModifiedDate": "2026-11-29T06:55"}, "its time has no zone: 2026-11-29T06:55"),
        ({"LastModifiedDate": "today"}, "Invalid isoformat string"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(
    open_source: Open, tmp_path: Path, fact: dict[str, str], message: str
) -> None:
    files = {DATA: pack(csv_of(columns(S3_SCHEMA), [s3_row("pics/a", **fact)]))}
    path = write(tmp_path, s3_manifest(files, S3_SCHEMA), files)
    with pytest.raises(InputError, match=f"row 1 cannot be read: {message}"):
        list(open_source(path).objects("", 0))


def test_a_manifest_on_standard_input_is_refused(
    open_source: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_s3(tmp_path, "pics/a.jpg").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        with pytest.raises(InputError, match="standard input: it is the manifest of an inventory"):
            list(open_source("-").objects("", 0))


def test_files_can_be_read_in_a_process_of_their_own(tmp_path: Path) -> None:
    found = InventoryFiles.find(write_s3(tmp_path, "pics/a.jpg"))
    sent = pickle.loads(pickle.dumps(found))  # noqa: S301 - its own
    assert list(sent.objects("pics/")) == list(found.objects("pics/"))
    program = (
        "import sys, imagesearch_ops.key_sources.inventory.files\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('boto3', 'botocore', 'pydantic', 'typer',"
        " 'alibabacloud_oss_v2')])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert answer.stdout == "[]\n"
