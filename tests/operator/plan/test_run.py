"""A plan that was killed at any moment goes on, and comes to the same numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.image_workers import Previews
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.plan import run
from imagesearch_ops.plan.run import Listing, Results
from imagesearch_ops.plan.sampling import Sample
from imagesearch_ops.previews import Preview
from imagesearch_ops.run_folder import RunFolder, open_new_run, resume_run

KEYS = [f"{number % 7}/{number % 20:03}.jpg" for number in range(60)]
OBJECTS = sorted(ListedObject(key, len(key), "e", "STANDARD") for key in [*KEYS, "a/Thumbs.db", "b/Thumbs.db"])
JUDGE = KeyJudge(read_local_settings({}))
ABOUT = {"command": "plan"}


class KilledError(Exception):
    """The process ends: nothing more is written."""


def go_on(folder: RunFolder, size: int | None, kill_after: int | None = None) -> Listing:
    """List what is left, in pages of five, and record the state after each page; raise after some objects."""
    sample = None if size is None else Sample(size, "s3://shop")
    listing = Listing(folder, sample)
    seen = 0
    left = [one for one in OBJECTS if one.key > listing.last_key]
    for start in range(0, len(left), 5):
        for one in left[start : start + 5]:
            if seen == kill_after:
                listing.close()
                raise KilledError
            listing.add(one, JUDGE.judge(one))
            seen += 1
        listing.record_if_due()
    listing.finish()
    return listing


def read_sample(folder: RunFolder) -> list[str]:
    return [one.key for _, one in Results(folder).missing()]


@pytest.mark.parametrize("size", [None, 10, 0])
@pytest.mark.parametrize("kills", [[0], [3], [5], [33], [61], [7, 7, 7, 7]])
def test_a_listing_goes_on_after_the_last_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int | None, kills: list[int]
) -> None:
    monkeypatch.setattr(run, "_SECONDS", 0.0)
    monkeypatch.setattr(run, "_SHARE_OF_TIME", 0)
    with open_new_run(tmp_path / "whole", ABOUT) as folder:
        whole = go_on(folder, size)
        expected = whole.census, read_sample(folder)
        whole.close()
    assert len(expected[1]) == (60 if size is None else size)
    RunFolder(tmp_path / "killed", dict(ABOUT)).path.mkdir()
    with open_new_run(tmp_path / "killed", ABOUT):
        pass
    for kill in kills:
        with resume_run(tmp_path / "killed", ABOUT) as folder, pytest.raises(KilledError):
            go_on(folder, size, kill_after=kill)
    with resume_run(tmp_path / "killed", ABOUT) as folder:
        listing = go_on(folder, size)
        assert (listing.census, read_sample(folder)) == expected
        listing.close()


def a_line(key: str) -> dict[str, Any]:
    return {"key": key, "outcome": "would_add"}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    with open_new_run(tmp_path / "run", ABOUT) as opened:
        listing = go_on(opened, None)
        listing.close()
    return opened


def test_only_what_is_missing_is_read_again(folder: RunFolder) -> None:
    results = Results(folder)
    everything = list(results.missing())
    for n, one in everything[::3]:
        results.add(n, a_line(one.key), Previews())
    folder.close()
    later = Results(RunFolder(folder.path, {}))
    known = [line["key"] for line, _ in later.known()]
    assert known == [one.key for _, one in everything[::3]]
    assert sorted([*known, *(one.key for _, one in later.missing())]) == sorted(KEYS)
    assert later.count() == 60


def test_a_line_that_was_cut_short_is_read_again(folder: RunFolder) -> None:
    results = Results(folder)
    (first, one), (second, two), *_ = results.missing()
    results.add(first, a_line(one.key), Previews())
    results.add(second, a_line(two.key), Previews())
    folder.close()
    path = folder.path / "objects.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    again = RunFolder(folder.path, {})
    later = Results(again)
    assert [line["key"] for line, _ in later.known()] == [one.key]
    assert next(later.missing()) == (second, two)
    later.add(second, a_line(two.key), Previews())
    again.close()
    last = Results(RunFolder(folder.path, {}))
    assert [line["key"] for line, _ in last.known()] == [one.key, two.key]


def test_an_object_that_was_read_twice_counts_once(folder: RunFolder) -> None:
    results = Results(folder)
    for _ in range(2):
        results.add(4, a_line("a"), Previews())
    folder.close()
    assert len(list(Results(RunFolder(folder.path, {})).known())) == 1


def test_an_object_that_could_not_be_read_is_read_again(folder: RunFolder) -> None:
    results = Results(folder)
    (first, one), *_ = results.missing()
    results.add(first, a_line(one.key) | {"outcome": "not_read"}, Previews())
    folder.close()
    again = RunFolder(folder.path, {})
    later = Results(again)
    assert list(later.known()) == []
    assert next(later.missing()) == (first, one)
    later.add(first, a_line(one.key), Previews())
    again.close()
    assert [line for line, _ in Results(RunFolder(folder.path, {})).known()] == [a_line(one.key)]


def test_previews_are_kept_with_the_result(folder: RunFolder) -> None:
    results = Results(folder)
    preview = Preview(b"\x00webp", 16, 9, "PNG", 160, 90)
    results.add(0, a_line("a"), Previews(preview, None))
    folder.close()
    assert list(Results(RunFolder(folder.path, {})).known()) == [(a_line("a"), Previews(preview, None))]


def test_the_state_is_json_that_others_can_read(folder: RunFolder) -> None:
    about = json.loads((folder.path / "run.json").read_text())
    assert about["last_key"] == "b/Thumbs.db"
    assert about["listing"]["census"]["skipped"] == {"never_a_picture": 2}
