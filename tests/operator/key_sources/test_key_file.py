"""Keys are taken from files of lines, whichever command wrote them."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from imagesearch_ops.errors import InputError
from tests.operator.key_sources.conftest import Open

HOSTILE = ["pics/new\nline\t.jpg", "pics/plus+and%41.jpg", "pics/trailing ", "pics/\u202egpj.exe", "pics/鞋.jpg"]


def keys(open_source: Open, path: Path | str, url: str = "s3://shop/pics/") -> list[str]:
    return [one.key for one in open_source(path, url=url).objects("", 0)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"pics/a.jpg\npics/b.jpg", ["pics/a.jpg", "pics/b.jpg"]),
        (b"\xef\xbb\xbfpics/a.jpg\r\n\r\n\npics/ b \n", ["pics/a.jpg", "pics/ b "]),
        (b"pics/{a}.jpg\n{pics\npics/%41+.jpg\n", ["pics/{a}.jpg", "pics/%41+.jpg"]),
        (b"pics/b.jpg\npics/a.jpg\npics/b.jpg\n", ["pics/b.jpg", "pics/a.jpg", "pics/b.jpg"]),
        (b"", []),
        (b"\n\n", []),
    ],
)
def test_a_line_is_a_key(open_source: Open, path: Path, data: bytes, expected: list[str]) -> None:
    path.write_bytes(data)
    assert keys(open_source, path) == expected


def test_keys_in_json_come_unchanged(open_source: Open, path: Path) -> None:
    path.write_text("".join(json.dumps({"key": key}) + "\n" for key in HOSTILE))
    assert keys(open_source, path) == HOSTILE


def test_lines_of_other_commands_are_understood(open_source: Open, path: Path) -> None:
    lines = [
        {"source": {"cloud": "aws", "bucket": "shop", "key": "pics/letter.jpg", "etag": "old"}, "kind": "letter"},
        {"n": 3, "key": "pics/plan.jpg", "bytes": 70, "etag": "e1", "outcome": "rejected"},
        {"class": "+", "key": "pics/audit.jpg", "product_id": "p", "etag": "e2", "last_modified": 1764000000.5},
        {"key": "pics/tested.jpg", "product_id": "p", "pic_name": "n", "attributes": {}, "reason": None},
        {"key": "pics/s3.jpg", "size": 7, "last_modified": "2026-11-29T06:55:00Z"},
        {"class": "?", "key": None, "product_id": "p"},
        {"source": None, "kind": "unknown"},
        {"source": {"cloud": "aws", "bucket": "shop", "key": "pics/***", "key_redacted": True}},
        {"summary": {"exit": 0}},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert list(open_source(path).objects("", 0)) == [
        ("pics/letter.jpg", 0, "", "", None),
        ("pics/plan.jpg", 70, "e1", "", None),
        ("pics/audit.jpg", 0, "e2", "", 1764000000.5),
        ("pics/tested.jpg", 0, "", "", None),
        ("pics/s3.jpg", 7, "", "", 1795935300.0),
    ]


def test_a_letter_may_be_longer_than_any_key(open_source: Open, path: Path) -> None:
    path.write_text(json.dumps({"original_event": "x" * 900_000, "source": {"key": "pics/a.jpg"}}) + "\n")
    assert keys(open_source, path) == ["pics/a.jpg"]


def test_objects_outside_of_the_url_are_left_out_and_told(
    open_source: Open, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = [
        ("aws", "shop", "pics/a"),
        ("aws", "other", "pics/b"),
        ("alibaba", "shop", "pics/c"),
        ("aws", "shop", "d"),
    ]
    sources = [{"source": {"cloud": cloud, "bucket": bucket, "key": key}} for cloud, bucket, key in letters]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*sources, {"summary": {}}]))
    assert keys(open_source, path) == ["pics/a"]
    assert capsys.readouterr().err == (f"{path}: 4 of 5 lines name no object of s3://shop/pics/, and were left out.\n")


def test_a_file_about_another_place_is_refused(open_source: Open, path: Path) -> None:
    path.write_text("other/a.jpg\nother/b.jpg\n")
    with pytest.raises(InputError, match=r"keys: it names no object of s3://shop/pics/\."):
        open_source(path)


def test_an_export_without_letters_is_no_error(open_source: Open, path: Path) -> None:
    path.write_text('{"summary": {"letters": 0}}\n')
    assert keys(open_source, path) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"pics/a.jpg\n\npics/\xff.jpg\n", r"keys: line 3: not UTF-8: pics/\\xff\.jpg\. Mend the line"),
        (b"\xff" * 4_000 + b"\n", r"keys: line 1: not UTF-8: (\\xff){47}\\\.\.\.\. Mend the line"),
        (b'{"key":"pics/a"}\npics/b\n', "keys: line 2: it is not a JSON object, as the first line is"),
        (b'{"key":"pics/a"}\n{"name":"b"}\n', "keys: line 2: it has neither a 'key' nor a 'source'"),
        (b'{"key":"pics/a"}\n{"key":5}\n', "keys: line 2: its 'key' is not a text"),
        (b'{"key":"pics/\\ud800"}\n', r"keys: line 1: not UTF-8: pics/\\ud800"),
        (b'{"key":""}\n', "keys: line 1: the key is empty"),
        (b"x" * 5_000 + b"\n", "keys: line 1: it has 5000 bytes, and no key is so long"),
        (b"\xff\xfea\0", "keys: it is UTF-16"),
        (b"\x1f\x8b\x08\0", "keys: it is compressed"),
    ],
)
def test_the_first_line_that_cannot_be_used_is_named(open_source: Open, path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        open_source(path)


def test_standard_input(open_source: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b"pics/a.jpg\npics/\xff\n")), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stdin)
    objects = open_source("-").objects("", 0)
    assert next(objects).key == "pics/a.jpg"
    with pytest.raises(InputError, match="standard input: line 2: not UTF-8"):
        next(objects)


@pytest.mark.parametrize("keys_from", ["", "."])
def test_what_is_not_a_file_is_refused(open_source: Open, keys_from: str) -> None:
    with pytest.raises(InputError, match=r"--keys-from .*: name a file"):
        open_source(keys_from)


def test_a_missing_file_is_named(open_source: Open, path: Path) -> None:
    with pytest.raises(InputError, match="keys: No such file or directory"):
        open_source(path)


def test_reading_goes_on_behind_what_was_done(open_source: Open, path: Path) -> None:
    path.write_text("elsewhere\npics/b\npics/a\npics/c\n")
    source = open_source(path)
    assert [one.key for one in source.objects("pics/a", 2)] == ["pics/c"]
    assert [one.key for one in source.objects("pics/c", 3)] == []


@pytest.mark.parametrize(("last_key", "count"), [("pics/b", 2), ("pics/c", 9)])
def test_a_file_that_has_changed_is_refused(open_source: Open, path: Path, last_key: str, count: int) -> None:
    path.write_text("pics/b\npics/a\npics/c\n")
    with pytest.raises(InputError, match=f"keys is not what it was: object {count} of it is not {last_key}"):
        list(open_source(path).objects(last_key, count))


def test_a_list_is_no_listing(open_source: Open, path: Path) -> None:
    path.write_text("pics/b\n")
    source = open_source(path)
    assert (source.name, source.is_listing, source.is_complete, source.listed_at) == (str(path), False, False, None)
