"""The lines of a dump are recognised in every form that the service may use, and nothing else is."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imagesearch_ops.errors import InputError
from imagesearch_ops.index.answers import Entry
from imagesearch_ops.index.fields import read_columns, read_ids
from imagesearch_ops.index.normalising import Normalised, NotTrustedError, normalise
from imagesearch_ops.index.recognition import read_lines

# IDs as users have them, and as nobody should have them.
HOSTILE = [
    ("1000", "girlCloth/girl_cloth8.jpg"),
    ("1000", 'a "quoted", comma.jpg'),
    ("shop;one|two", "line\nbreak\r\nand\ttab.jpg"),
    ("日本", "靴/é/😀.jpg"),
    ("x", "\x1b[31m\u202egpj.exe"),
    (" ", "{"),
    ("=1+1", "[]"),
    ("a" * 256, "b" * 256),
]
FILLED = {
    "ProductId": "1000",
    "PicName": "a.jpg",
    "CategoryId": 88888888,
    "IntAttr": 7,
    "IntAttr2": 0,
    "StrAttr": "red",
    "StrAttr2": "",
    "CustomContent": "k1:v1,k2:v2",
}
NORMALISED = {
    "product_id": "1000",
    "pic_name": "a.jpg",
    "category_id": 88888888,
    "attributes": {"IntAttr": 7, "StrAttr": "red", "CustomContent": "k1:v1,k2:v2"},
}


def objects(rows=HOSTILE, names=("ProductId", "PicName")) -> list[dict[str, str]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def json_lines(values: list, *, end: str = "\n", **options: object) -> bytes:
    return end.join(json.dumps(value, **options) for value in values).encode()


def columns(rows, *, header=("ProductId", "PicName"), delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([header, *rows] if header else rows)
    return text.getvalue().encode()


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", b"")
        for name, data in files.items():
            archive.writestr(f"folder/{name}", data)
    return target.getvalue()


PACKINGS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "two gzips": lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]),
    "zip": lambda data: zipped(part=data),
    "gzip in zip": lambda data: zipped(part=gzip.compress(data)),
}
FORMS = {
    "JSON lines": json_lines(objects()),
    "JSON lines with CRLF, blank lines and a last line end": json_lines(objects(), end="\r\n\r\n") + b"\r\n",
    "JSON lines behind a byte order mark": b"\xef\xbb\xbf" + json_lines(objects(), ensure_ascii=False),
    "JSON array": json.dumps(objects()).encode(),
    "JSON array, one object a line": b"[\n" + json_lines(objects(), end=",\n") + b"\n]\n",
    "JSON array, indented": json.dumps(objects(), indent=2, ensure_ascii=False).encode(),
    "JSON objects over several lines": json_lines(objects(), indent=1),
    "CSV": columns(HOSTILE),
    "CSV behind a byte order mark": b"\xef\xbb\xbf" + columns(HOSTILE),
    "tabs": columns(HOSTILE, delimiter="\t"),
    "semicolons": columns(HOSTILE, delimiter=";"),
    "ids in lower case": json_lines(objects(names=("productid", "picname"))),
    "ids in snake case": json_lines(objects(names=("product_id", "pic_name"))),
    "ids in capitals": columns(HOSTILE, header=("PRODUCT_ID", "PIC_NAME")),
    "ids in camel case, as columns": columns(HOSTILE, header=("productId", "picName")),
}


def run(path: Path, data: bytes, total: int, *, after: int | None = None, names: str = "") -> tuple[Normalised, list]:
    """Return what was counted, and the lines that were written."""
    raw = path / "dump.raw"
    raw.write_bytes(data)
    found = Normalised(total, total if after is None else after)
    written: list[bytes] = []
    wanted = read_columns(names) if names else []
    normalise(raw, found, wanted, write=written.append, tell=lambda _: None)
    assert all(line.isascii() and line.endswith(b"\n") and line.count(b"\n") == 1 for line in written)
    return found, [json.loads(line) for line in written]


def ids(lines: list[dict]) -> list[tuple[str, str]]:
    return [(line["product_id"], line["pic_name"]) for line in lines]


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_recognised(tmp_path: Path, form: str, packing: str) -> None:
    found, lines = run(tmp_path, PACKINGS[packing](FORMS[form]), len(HOSTILE))
    found.check()
    assert ids(lines) == HOSTILE
    assert (found.lines, found.recognised) == (8, 8)


def test_the_files_of_a_zip_are_read_one_after_another(tmp_path: Path) -> None:
    found, lines = run(tmp_path, zipped(a=json_lines(objects()[:3]), b=columns(HOSTILE[3:])), 8)
    found.check()
    assert ids(lines) == HOSTILE


@pytest.mark.parametrize(
    "data", [json_lines([FILLED]), json.dumps([FILLED]).encode(), columns([FILLED.values()], header=FILLED.keys())]
)
def test_attributes_are_normalised(tmp_path: Path, data: bytes) -> None:
    assert run(tmp_path, data, 1)[1] == [NORMALISED]


def test_a_zero_that_was_given_stays(tmp_path: Path) -> None:
    line = {"ProductId": 1000, "PicName": "a.jpg", "IntAttr": 0}
    assert run(tmp_path, json_lines([line]), 1)[1] == [
        {"product_id": "1000", "pic_name": "a.jpg", "category_id": None, "attributes": {"IntAttr": 0}}
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", "\x01"])
def test_columns_without_a_header_are_read_by_the_names_given(tmp_path: Path, delimiter: str) -> None:
    rows = [("2026", one, two, "0") for one, two in HOSTILE]
    data = columns(rows, header=None, delimiter=delimiter)
    found, lines = run(tmp_path, data, 8, names="_,product_id,Pic_Name,category_id")
    found.check()
    assert ids(lines) == HOSTILE
    assert {line["category_id"] for line in lines} == {0}


@pytest.mark.parametrize("form", ["JSON lines", "JSON array", "CSV"])
def test_names_of_columns_are_not_needed_where_the_dump_has_its_own(tmp_path: Path, form: str) -> None:
    found, lines = run(tmp_path, FORMS[form], 8, names="pic_name,product_id")
    found.check()
    assert ids(lines) == HOSTILE


def test_columns_without_a_header_are_not_guessed(tmp_path: Path) -> None:
    found, lines = run(tmp_path, columns(HOSTILE[:2], header=None), 2)
    assert (found.lines, found.recognised, lines) == (2, 0, [])
    with pytest.raises(NotTrustedError, match="only 0 of 2 lines"):
        found.check()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("product_id", "must name product_id and pic_name once each"),
        ("product_id,pic_name,pic_name", "once each"),
        ("product_id,picture", "'picture' is not a field"),
        ("", "'' is not a field"),
    ],
)
def test_wrong_names_of_columns_are_refused(names: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_columns(names)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"[]", b"[ ]\n", b"ProductId,PicName\r\n", gzip.compress(b"", mtime=0), zipped()]
)
def test_the_dump_of_an_empty_instance_is_empty(tmp_path: Path, data: bytes) -> None:
    found, lines = run(tmp_path, data, 0)
    found.check()
    assert (found.lines, lines) == (0, [])


GOOD = json.dumps({"ProductId": "1", "PicName": "a"}).encode() + b"\n"


@pytest.mark.parametrize(
    "line",
    [
        b'{"ProductId": "1"}',
        b'{"PicName": "a", "ProductId": ""}',
        b'{"PicName": "a", "ProductId": null}',
        b'{"PicName": "a", "ProductId": true}',
        b'{"PicName": ["a"], "ProductId": "1"}',
        b'{"PicName": "a", "ProductId": "1", "CategoryId": "shoes"}',
        b'{"PicName": "a", "ProductId": "1", "IntAttr": "many"}',
        b'["1", "a"]',
        b'{"ProductId": "1", "PicName": "a"',
        b'{"ProductId": "1", "PicName": "\xff"}',
        b"[" * 100_000,
        b'{"ProductId": ' + b"9" * 5000 + b', "PicName": "a"}',
        b"x" * 3_000_000,
    ],
)
def test_up_to_one_line_in_a_hundred_may_be_unknown(tmp_path: Path, line: bytes) -> None:
    found, lines = run(tmp_path, GOOD * 50 + line + b"\n" + GOOD * 49, 100)
    found.check()
    assert (found.lines, found.recognised, len(lines)) == (100, 99, 99)
    found, _ = run(tmp_path, GOOD + line + b"\n" + GOOD * 96 + line + b"\n", 99)
    assert (found.lines, found.recognised) == (99, 97)
    with pytest.raises(NotTrustedError, match=r"only 97 of 99 lines of the dump \(JSON lines\) were recognised"):
        found.check()


def test_the_first_line_alone_does_not_decide(tmp_path: Path) -> None:
    found, _ = run(tmp_path, b'["1", "a"]\n' + GOOD * 99, 100)
    found.check()
    assert (found.form, found.recognised) == ("JSON lines", 99)


def test_bytes_that_are_no_text_make_no_id(tmp_path: Path) -> None:
    found, lines = run(tmp_path, b"ProductId,PicName\n1,a\n2,\xff\n", 2)
    assert (found.lines, found.recognised, ids(lines)) == (2, 1, [("1", "a")])


def test_rows_of_another_length_are_not_read_as_entries(tmp_path: Path) -> None:
    found, lines = run(tmp_path, b"ProductId,PicName,CategoryId\n1,a,0\n2,b\n3,c,0,x\n", 3)
    assert (found.lines, found.recognised, ids(lines)) == (3, 1, [("1", "a")])


@pytest.mark.parametrize(
    ("lines", "before", "after", "is_trusted"),
    [
        (100, 100, 100, True),
        (99, 100, 100, False),
        (101, 100, 100, False),
        (104, 100, 105, True),
        (95, 100, 105, True),
        (94, 100, 105, False),
        (110, 100, 105, True),
        (111, 100, 105, False),
        (200, 100, 100, False),
        (0, 100, 100, False),
    ],
)
def test_as_many_lines_as_entries_give_or_take_those_that_changed(
    tmp_path: Path, lines: int, before: int, after: int, *, is_trusted: bool
) -> None:
    found, _ = run(tmp_path, GOOD * lines, before, after=after)
    if is_trusted:
        found.check()
    else:
        with pytest.raises(NotTrustedError, match=rf"has {lines} lines, but the instance counted"):
            found.check()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(GOOD * 1000)[:-30], "cannot be decompressed"),
        (gzip.compress(GOOD * 1000)[:-8] + b"12345678", "cannot be decompressed"),
        (zipped(a=GOOD * 1000)[:-40], "the zip cannot be opened"),
        (json.dumps(objects(HOSTILE * 500)).encode()[:-3000], "not JSON from one value on"),
        (b'[{"ProductId": "1", "PicName": "a"}, nonsense]', "not JSON from one value on"),
        (b'[{"ProductId": "1", "PicName": "\xff"}]', "not UTF-8"),
        (b'[{"ProductId": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_dump_that_is_damaged_is_not_trusted(tmp_path: Path, data: bytes, why: str) -> None:
    found, _ = run(tmp_path, data, 4000)
    with pytest.raises(NotTrustedError, match=f"not read to its end: .*{why}"):
        found.check()


@pytest.mark.parametrize(
    "make",
    [
        lambda: gzip.compress(b"\0" * 300_000_000, 1),
        lambda: zipped(a=b"[" + b" " * 300_000_000),
        lambda: gzip.compress(gzip.compress(b"\n" * 300_000_000)),
        lambda: gzip.compress(GOOD * 100_000),
        lambda: zipped(**{f"{number}": GOOD for number in range(1001)}),
    ],
    ids=["one line", "blanks", "in each other", "many lines", "many files"],
)
def test_a_small_file_cannot_become_an_endless_one(tmp_path: Path, make: Callable[[], bytes]) -> None:
    found, _ = run(tmp_path, make(), 10)
    with pytest.raises(NotTrustedError):
        found.check()
    assert found.lines < 1100


def test_lines_are_shown_without_what_they_say(tmp_path: Path) -> None:
    secret = {"itemId": "Secret-4711", "picList": ["geheim/é.jpg"], "weird key": "LTAI4Fxxxxx", "n": 12}
    found, _ = run(tmp_path, json_lines([secret]), 1)
    assert found.show() == [
        r'{"itemId": "xxxxxx-9999", "picList": ["xxxxxx/\x99x9.xxx"], "xxxxx xxx": "xxxx9xxxxxx", "n": 99}'
    ]
    found, _ = run(tmp_path, b"Item No\tpic_name\tprice\n8 shoes\n" * 4, 8)
    assert found.show() == ["xxxx xx\tpic_name\txxxxx\n", "9 xxxxx\n", "xxxx xx\tpic_name\txxxxx\n"]


def test_what_is_shown_is_short_and_harmless(tmp_path: Path) -> None:
    found, _ = run(tmp_path, "Straße 12\x1b[31m".encode() + b"\xff" + b"y" * 5000 + b"\n", 1)
    (shown,) = found.show()
    assert len(shown) == 203
    assert "tra" not in shown
    assert "12" not in shown


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"product_id": "1", "pic_name": "a", "attributes": {"IntAttr": "no number"}}, ("1", "a")),
        ({"ProductId": 7, "PICNAME": "a"}, ("7", "a")),
        ({"product_id": "1", "pic_name": "", "PicName": "a"}, None),
        ({"product_id": "1"}, None),
        ({"product_id": "1", "pic_name": "\udc80"}, None),
        ({"product_id": True, "pic_name": "a"}, None),
    ],
)
def test_ids_alone_are_read_whatever_the_attributes_are(fields: dict, ids: tuple[str, str] | None) -> None:
    entry = read_ids(fields)
    assert (entry and (entry.product_id, entry.pic_name)) == ids


def test_a_reader_of_fields_may_be_given() -> None:
    stream = io.BufferedReader(io.BytesIO(b'{"product_id": "1", "pic_name": "a", "int_attr": "x"}\n'))
    assert [line.entry for line in read_lines(stream).lines] == [None]
    stream = io.BufferedReader(io.BytesIO(b'{"product_id": "1", "pic_name": "a", "int_attr": "x"}\n'))
    (line,) = read_lines(stream, read=read_ids).lines
    assert line.entry == Entry("1", "a", None, {})
