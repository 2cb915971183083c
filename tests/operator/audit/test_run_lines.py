"""Texts as fields of lines: a line stays a line, and sorts as its texts do."""

import itertools

import pytest

from imagesearch_ops.audit.run_lines import FIELD, escape, join_ids, split_ids, unescape

HOSTILE = [
    *(
        "",
        "a",
        "ab",
        "a\x00",
        "a\x01b",
        "a\tb",
        "a\nb",
        "a\x0b",
        "a\x0bb",
        "a\x0c",
        "a\r\n",
        "a ",
        "a+b",
        "a%41",
        "\\n",
    ),
    *("é", "\u202egpj.exe", "\udc80", "\ud83d", "😀", "\uffff", "a/b", "a\x0b0", "a\x0b:"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_field_is_read_as_it_was(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_field_stays_within_its_line(text: str) -> None:
    assert not set(escape(text)) & {0x00, 0x01, 0x09, 0x0A}


def test_fields_sort_as_the_bytes_of_their_texts() -> None:
    by_bytes = sorted(HOSTILE, key=lambda text: text.encode("utf-8", "surrogatepass"))
    lines = sorted(escape(text) + FIELD + b"rest" for text in reversed(HOSTILE))
    assert [unescape(line.partition(FIELD)[0]) for line in lines] == by_bytes


def test_a_name_that_begins_another_comes_first_whatever_follows() -> None:
    lines = [join_ids("1", name) + FIELD + rest for name in ("a", "a.jpg", "a\x00") for rest in (b"", b"\xff", b"a")]
    names = [split_ids(line.partition(FIELD)[0])[1] for line in sorted(lines)]
    assert names == ["a"] * 3 + ["a\x00"] * 3 + ["a.jpg"] * 3


def test_no_two_pairs_of_ids_have_the_same_field() -> None:
    pairs = [(one, other) for one, other in itertools.product(HOSTILE, repeat=2) if one and other]
    assert len({join_ids(*pair) for pair in pairs}) == len(pairs)
    assert all(split_ids(join_ids(*pair)) == pair for pair in pairs)
