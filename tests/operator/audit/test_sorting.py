"""Sorting in a process of its own: by GNU's sort(1), and without it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ops.audit import sorting as module
from imagesearch_ops.audit.line_sort import sort_lines
from imagesearch_ops.audit.sorting import Sorting, find_sort, sorting

LINES = [b"b\n", b"a\n", b"a\tz\n", b"a\x0b0\n", b"\n", b"a\n", b"\xff\n", b"A\n", b"ab\n", b"\xc3\xa9\n"]
IN_ORDER = [b"\n", b"A\n", b"a\n", b"a\n", b"a\tz\n", b"a\x0b0\n", b"ab\n", b"b\n", b"\xc3\xa9\n", b"\xff\n"]


@pytest.fixture(params=["sort(1)", "without it"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sort(1)":
        assert find_sort(), "these tests need GNU's sort(1)"
    else:
        monkeypatch.setattr(module, "find_sort", lambda: None)
    return str(request.param)


@pytest.fixture
def sort(program: str, tmp_path: Path) -> Iterator[Sorting]:  # noqa: ARG001 - it replaces the program
    with sorting(tmp_path, 5) as opened:
        yield opened


def test_lines_come_in_the_order_of_their_bytes(sort: Sorting) -> None:
    for line in LINES:
        sort.write(line)
    assert list(sort.read()) == IN_ORDER


def test_nothing_becomes_nothing(sort: Sorting) -> None:
    assert list(sort.read()) == []


def test_more_than_the_memory_goes_through_files(sort: Sorting, tmp_path: Path) -> None:
    numbers = list(range(200_000))
    random.Random(15).shuffle(numbers)
    for number in numbers:
        sort.write(b"%08d of a line that takes some room in memory\n" % number)
    assert [int(line[:8]) for line in sort.read()] == list(range(200_000))
    assert list(tmp_path.iterdir()) == []


def test_both_programs_agree(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [bytes(rng.choice(b"\x01\t\x0b 0Aa\x7f\xc3\xff") for _ in range(rng.randrange(6))) for _ in range(5000)]
    with sorting(tmp_path, 5) as sort:
        for line in lines:
            sort.write(line + b"\n")
        assert [line[:-1] for line in sort.read()] == list(sort_lines((line + b"\n" for line in lines), 1, tmp_path))


def test_a_sort_that_fails_names_the_folder_and_the_remedy(program: str, tmp_path: Path) -> None:  # noqa: ARG001
    folder = tmp_path / "runs"
    folder.mkdir()
    with sorting(folder, 1) as sort:
        folder.rmdir()  # as good as a full disk
        with pytest.raises(
            OSError, match=f"{tmp_path}: sorting failed: No such .*Free space .* or name another .*--state"
        ):
            _overfill(sort)


def _overfill(sort: Sorting) -> None:
    with sort.writing():
        for number in range(200_000):
            sort.write(b"%08d of a line that takes some room in memory\n" % number)
    list(sort.read())
