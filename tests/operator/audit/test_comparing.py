"""The class of each object and entry, from sorted lines of both sides."""

from collections.abc import Iterable
from typing import Any

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit import bucket_lines, known_lines
from imagesearch_ops.audit.comparing import Comparison, Rules
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.known import Known
from imagesearch_ops.audit.known_lines import Letters
from imagesearch_ops.audit.run_lines import FIELD, join_ids
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.key_finder import KeyFinder
from imagesearch_ops.key_judge import KeyJudge

DUMPED = 1_000_000.0  # when the dump was made
OLD, YOUNG, LATER = DUMPED - 3601, DUMPED - 3599, DUMPED + 1


def listed(key: str, *, etag: str = "e1", size: int = 9, at: float | None = OLD) -> ListedObject:
    return ListedObject(key, size, etag, "STANDARD", at)


def letter(key: str, *, etag: str = "e1", obstacle: str = "") -> Known:
    return Known(key, etag, "2026-01-01T00:00:00Z", "not_an_image", "it is text", obstacle)


class Compared:
    """The classes of keys and of IDs, and the counts."""

    def __init__(
        self,
        objects: Iterable[ListedObject],
        entries: Iterable[tuple[str, str]],
        letters: Iterable[Known] = (),
        *,
        prefix: str = "",
        **settings: str,
    ) -> None:
        read: Settings = read_local_settings(settings)
        judge = KeyJudge(read)
        self.counts, self.same = Counts(), list[str]()
        bucket = sorted(bucket_lines.write_line(one, judge.judge(one)) for one in objects)
        dump = sorted(join_ids(*ids) + FIELD + b"\n" for ids in entries)
        known = sorted(line for one in letters if (line := known_lines.write_line(one, judge)))
        rules = Rules(prefix, DUMPED, 3600, KeyFinder(read))
        comparison = Comparison(rules, Letters(known), self.counts, take_same=self.same.append)
        found = list(comparison.run(bucket, dump, lambda _: None))
        for one in found:
            self.counts.add(one, one.symbol)
        self.by_key = {one.key: str(one.symbol) for one in found if one.key is not None}
        self.by_ids = {(one.product_id, one.pic_name): str(one.symbol) for one in found if one.key is None}
        self.why = {one.key: one.why for one in found}


def test_an_object_with_its_entry_is_the_same_whatever_its_age() -> None:
    compared = Compared([listed("a/1.jpg"), listed("a/2.jpg", at=LATER)], [("a", "a/1.jpg"), ("a", "a/2.jpg")])
    assert (compared.by_key, compared.same, compared.counts.same) == ({}, ["a/1.jpg", "a/2.jpg"], 2)


@pytest.mark.parametrize(
    ("one", "letters", "symbol"),
    [
        (listed("a/1.jpg"), [], "+"),
        (listed("a/1.jpg", at=None), [], "+"),
        (listed("a/1.jpg", at=YOUNG), [], "~"),
        (listed("a/1.jpg", at=LATER), [], "~"),
        (listed("a/1.jpg"), [letter("a/1.jpg")], "x"),
        (listed("a/1.jpg", at=YOUNG), [letter("a/1.jpg")], "x"),
        (listed("a/1.jpg", etag="e2"), [letter("a/1.jpg")], "+"),
        (listed("a/1.jpg"), [letter("a/1.jpg", obstacle="its fault may pass")], "+"),
        (listed("a/1.jpg"), [letter("a/2.jpg")], "+"),
        (listed("a/Thumbs.db"), [letter("a/Thumbs.db")], "."),
        (listed("a/", size=0), [], "."),
    ],
)
def test_an_object_without_an_entry_has_one_class(one: ListedObject, letters: list[Known], symbol: str) -> None:
    assert Compared([one], [("b", "b/other.jpg")], letters).by_key[one.key] == symbol


def test_each_difference_says_why() -> None:
    objects = [
        *(listed("a/missing.jpg"), listed("a/young.jpg", at=YOUNG), listed("a/later.jpg", at=LATER)),
        *(listed("a/bad.jpg"), listed("a/may-pass.jpg"), listed("a/Thumbs.db")),
    ]
    letters = [letter("a/bad.jpg"), letter("a/may-pass.jpg", obstacle="its fault may pass")]
    assert Compared(objects, [("a", "a/gone.jpg")], letters).why == {
        "a/missing.jpg": "not in the index, and no letter says why",
        "a/young.jpg": "younger than the grace when the dump was made: 3599 s",
        "a/later.jpg": "changed since the dump",
        "a/bad.jpg": "not_an_image: it is text (dead letter of 2026-01-01)",
        "a/may-pass.jpg": "not_an_image: it is text (dead letter of 2026-01-01); its fault may pass",
        "a/Thumbs.db": "never_a_picture: a system or a tool leaves files of this name in folders",
        "a/gone.jpg": "its object is gone",
    }


def test_an_entry_without_an_object_is_orphaned_foreign_or_elsewhere() -> None:
    entries = [("a", "in/a/gone.jpg"), ("x", "in/a/other.jpg"), ("by hand", "1"), ("b", "out/b/1.jpg")]
    compared = Compared([listed("in/c/1.jpg")], entries, prefix="in/")
    assert compared.by_key == {"in/c/1.jpg": "+", "in/a/gone.jpg": "-"}
    assert compared.by_ids == {("x", "in/a/other.jpg"): "?", ("by hand", "1"): "?"}
    counts = compared.counts
    assert (counts.indexed, counts.elsewhere, counts.entries) == (3, 1, 4)


def test_what_comes_twice_counts_once() -> None:
    objects = [listed("a/1.jpg"), listed("a/1.jpg", etag="e2"), listed("a/2.jpg"), listed("a/2.jpg")]
    objects += [listed("a/Thumbs.db")] * 2
    counts = Compared(objects, [("a", "a/1.jpg")] * 3).counts
    assert (counts.listed, counts.same, counts.missing, counts.not_ours) == (3, 1, 1, 1)
    assert (counts.repeated_keys, counts.repeated_entries, counts.indexed) == (3, 2, 1)


def test_a_name_that_begins_another_is_another() -> None:
    names = ["a", "a.jpg", "a.jpg\t", "a.jpg\n", "a.jpg ", "a.jpg\x00", "a\x0b0"]
    template = {"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}
    compared = Compared([listed(f"1/{name}") for name in names[::2]], [("1", name) for name in names], **template)
    assert sorted(compared.same) == sorted(f"1/{name}" for name in names[::2])
    assert compared.by_key == {f"1/{name}": "-" for name in names[1::2]}


@pytest.mark.parametrize(
    "key",
    ["a/new\nline.jpg", "a/tab\t.jpg", "a/+%41.jpg", "a/blank .jpg ", "a/\udc80.jpg", "a/\u202egpj.exe", "a/\\n.jpg"],
)
def test_a_hostile_key_keeps_its_class_and_its_name(key: str) -> None:
    assert Compared([listed(key), listed("a/ok.jpg")], [("a", key), ("a", "a/gone.jpg")]).same == [key]
    assert Compared([listed(key)], [("a", "a/gone.jpg")], [letter(key)]).by_key == {key: "x", "a/gone.jpg": "-"}


def test_every_object_is_in_exactly_one_class() -> None:
    objects = [listed(f"{n % 7}/{n}.jpg", at=(OLD, YOUNG, LATER)[n % 3]) for n in range(200)]
    objects += [listed(f"{n}/Thumbs.db") for n in range(9)]
    entries: list[tuple[Any, Any]] = [(str(n % 7), f"{n % 7}/{n}.jpg") for n in range(50, 250)]
    compared = Compared(objects, entries, [letter(f"{n % 7}/{n}.jpg") for n in range(20)])
    counts = compared.counts
    assert (counts.listed, counts.same, counts.known_rejected, counts.not_ours) == (209, 150, 20, 9)
    assert (counts.missing, counts.waiting, counts.orphaned) == (10, 20, 50)
    assert set(compared.by_key) & set(compared.same) == set()
