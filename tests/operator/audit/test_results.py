"""What is written: every difference, and a line for every object and entry, in the order of keys."""

import json
from pathlib import Path

import pytest

from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.results import Results, one_line
from imagesearch_ops.audit.sorting import sorting
from imagesearch_ops.run_folder import open_new_run


def write(tmp_path: Path, differences: list[Difference], same: list[str], combined: Path | None) -> list[dict]:
    with open_new_run(tmp_path / "run", {}) as folder, sorting(tmp_path, 1) as sort:
        results = Results(sort)
        for key in same:
            results.add_same(key)
        for one in differences:
            results.add(one)
        lines = list(results.write(folder, combined))
        written = (folder.path / "differences.jsonl").read_text(encoding="ascii")
    assert list(map(json.loads, written.splitlines())) == lines
    return lines


def test_differences_come_in_the_order_of_utf8_and_entries_without_a_key_last(tmp_path: Path) -> None:
    keys = ["é", "a\n", "a", "😀", "\uffff", "B", "a!"]
    differences = [
        Difference(Symbol.FOREIGN, None, "1", "a"),
        *(Difference(Symbol.MISSING, key, "1", key) for key in keys),
    ]
    lines = write(tmp_path, differences, ["same"], None)
    assert [line["key"] for line in lines] == ["B", "a", "a\n", "a!", "é", "\uffff", "😀", None]
    assert lines[0] == {
        "class": "+",
        "key": "B",
        "product_id": "1",
        "pic_name": "B",
        "etag": "",
        "last_modified": None,
        "why": "",
    }


def test_the_combined_file_has_a_line_for_each_object_and_entry(tmp_path: Path) -> None:
    differences = [
        Difference(Symbol.FOREIGN, None, "by\thand", "b.jpg"),
        Difference(Symbol.ORPHANED, "a/2.jpg", "a", "a/2.jpg"),
        Difference(Symbol.NOT_OURS, "a/new\nline", None, None),
        Difference(Symbol.MISSING, "a/\\n", "a", "a/\\n"),
    ]
    write(tmp_path, differences, ["a/3.jpg", "a/1.jpg", "a/\udc80"], tmp_path / "all.txt")
    assert (tmp_path / "all.txt").read_bytes().decode().splitlines() == [
        "= a/1.jpg",
        "- a/2.jpg",
        "= a/3.jpg",
        "+ a/\\\\n",
        ". a/new\\nline",
        "= a/\\udc80",
        "? by\\thand\tb.jpg",
    ]


@pytest.mark.parametrize(
    "text", ["\n", "\\n", "\r", "\x85", "\u2028", "\udc80", "\\udc80", "\x0b", "\x1b[31m", "a b ", "é"]
)
def test_a_key_stays_within_its_line(text: str) -> None:
    assert len(one_line(text).splitlines()) == 1
    assert one_line(text).isprintable()


def test_no_two_keys_are_written_alike() -> None:
    texts = ["\n", "\\n", "\\\n", "\\\\n", "\udc80", "\\udc80", "\x85", "\\x85", "\u2028", "\\u2028", "a", "a "]
    assert len({one_line(text) for text in texts}) == len(texts)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    combined = tmp_path / "all.txt"
    combined.write_text("old")
    with open_new_run(tmp_path / "run", {}) as folder, sorting(tmp_path, 1) as sort:
        results = Results(sort)
        results.add_same("a")
        (folder.path / "differences.jsonl").mkdir()  # as good as a full disk
        with pytest.raises(OSError, match=r"differences\.jsonl"):
            list(results.write(folder, combined))
        (folder.path / "differences.jsonl").rmdir()
    assert combined.read_text() == "old"
