"""Keys are read from lists as people have them."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from imagesearch_ops.errors import InputError
from imagesearch_ops.keys.reading import read_keys


def read(tmp_path: Path, data: bytes, field: str | None = None) -> list[tuple[int, str | None]]:
    (tmp_path / "list").write_bytes(data)
    return [(listed.number, listed.key) for listed in read_keys(str(tmp_path / "list"), field)]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"a.jpg\nb.jpg\n", [(1, "a.jpg"), (2, "b.jpg")]),
        (b"a.jpg\r\nb.jpg", [(1, "a.jpg"), (2, "b.jpg")]),
        (b"\xef\xbb\xbfa.jpg\n\n\r\n b .jpg \n", [(1, "a.jpg"), (4, " b .jpg ")]),
        (b"a\xff.jpg\nb.jpg\n", [(1, None), (2, "b.jpg")]),
        ("é.jpg\ne\u0301.jpg".encode(), [(1, "é.jpg"), (2, "e\u0301.jpg")]),
        (b"a\rb.jpg\n", [(1, "a\rb.jpg")]),
        (b"", []),
        (b"x" * 200_000 + b"\nb.jpg\n", [(1, None), (2, "b.jpg")]),
    ],
)
def test_lines(tmp_path: Path, data: bytes, keys: list[tuple[int, str | None]]) -> None:
    assert read(tmp_path, data) == keys


def test_a_line_of_exactly_the_buffers_length_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"x" * 65_535 + b"\nb\n") == [(1, "x" * 65_535), (2, "b")]


@pytest.mark.parametrize(
    ("data", "field", "keys"),
    [
        (b'"Bucket","Key"\r\n"b","a,1.jpg"\r\n"b","x""y.jpg"', "Key", [(2, "a,1.jpg"), (3, 'x"y.jpg')]),
        (b"Key\na\xff.jpg\nb.jpg\n", "Key", [(2, None), (3, "b.jpg")]),
        (b'b,"two\nlines.jpg"\nb\n', "2", [(2, "two\nlines.jpg"), (3, None)]),
        (b'{"key":"a.jpg"}\n\nno json\n{"key":5}\n{"x":1}\n', "key", [(1, "a.jpg"), (3, None), (4, None), (5, None)]),
        (b'{"source":{"key":"a.jpg"}}\n{"source":null}\n', "source.key", [(1, "a.jpg"), (2, None)]),
        (b'{"a.b":"x.jpg","a":{"b":"y.jpg"}}\n', "a.b", [(1, "x.jpg")]),
        (json.dumps({"key": "\udcff.jpg"}).encode(), "key", [(1, None)]),
        (b'{"key":""}\n[1]\n', "key", [(1, None), (2, None)]),
    ],
)
def test_fields(tmp_path: Path, data: bytes, field: str, keys: list[tuple[int, str | None]]) -> None:
    assert read(tmp_path, data, field) == keys


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ("a.jpg\n".encode("utf-16"), None, r"list: it is UTF-16\. Save it as UTF-8\."),
        (b"\x1f\x8b\x08\0", None, "list: it is compressed"),
        (b"PK\x03\x04", None, "list: it is a ZIP archive"),
        (b"", "key", "list: it is empty, so there is no column 'key'"),
        (b"Bucket,Key\nb,k\n", "key", "list: there is no column 'key', only: Bucket, Key"),
        (b"k\n" + b'"' + b"x" * 200_000 + b'"\n', "k", "list: line 2 is not CSV: field larger"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, field: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, data, field)


def test_a_folder_gives_the_paths_below_it(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/b.jpg").touch()
    (tmp_path / "a.jpg").touch()
    assert [listed.key for listed in read_keys(str(tmp_path), None)] == ["a.jpg", "shop/b.jpg"]


@pytest.mark.parametrize(
    ("source", "message"),
    [("/no/such/file", "/no/such/file: No such file"), ("s3://shop/x", "use: plan s3://shop/x")],
)
def test_other_sources_are_refused(source: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(read_keys(source, None))


@pytest.mark.parametrize("source", ["-", None])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, source: str | None) -> None:
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b"a.jpg\n")), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert [listed.key for listed in read_keys(source, None)] == ["a.jpg"]


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    with pytest.raises(InputError, match="name a file with one key per line"):
        list(read_keys(None, None))
