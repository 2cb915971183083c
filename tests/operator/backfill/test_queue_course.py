"""The way through the keys: the state moves only over what is settled, and is recorded each second."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill import course as module
from imagesearch_ops.backfill.course import Course
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder

SETTINGS = Settings.from_env(
    {
        "INGEST_INSTANCE_NAME": "demo",
        "INGEST_INSTANCE_REGION": "ap-southeast-1",
        "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
        "INGEST_EXCLUDE": "*.gif",
    }
)


class Keys:
    """A source that gives these keys."""

    name, is_listing, is_complete, listed_at = "keys", False, True, None

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.asked: list[tuple[str, int]] = []

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
        self.asked.append((last_key, count))
        yield from (ListedObject(key, 1, "", "STANDARD") for key in self.keys[count:])


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    folder = RunFolder(tmp_path, {})
    yield folder
    folder.close()


def open_course(folder: RunFolder, source: Keys) -> Course:
    return Course(source, KeyJudge(SETTINGS), folder, Report(as_json=False))


def about(folder: RunFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder.path / "run.json").read_text())
    return found


def test_refused_keys_behind_one_that_is_not_accepted_do_not_count_yet(folder: RunFolder) -> None:
    course = open_course(folder, Keys("1.gif", "2.jpg", "3.gif", "4.jpg"))
    keys = course.keys()
    assert [next(keys), next(keys)] == ["2.jpg", "4.jpg"]
    assert (course.settled.last_key, course.settled.listed) == ("1.gif", 1)
    course.settle(1)
    assert (course.settled.last_key, course.settled.sent, course.settled.listed) == ("3.gif", 1, 3)
    course.settle(1)
    assert list(keys) == [None]
    assert (course.settled.last_key, course.settled.sent, course.settled.skipped) == ("4.jpg", 2, {"excluded": 2})
    assert course.is_at_end


def test_a_record_is_made_each_second(folder: RunFolder, clock: Clock) -> None:
    course = open_course(folder, Keys("1.jpg", "2.jpg", "3.jpg"))
    keys = course.keys()
    next(keys)
    course.settle(1)
    assert not (folder.path / "run.json").exists()
    clock.now = 1.0
    next(keys)
    course.settle(1)
    assert about(folder)["last_key"] == "2.jpg"
    next(keys)
    course.settle(1)
    assert about(folder)["last_key"] == "2.jpg"


def test_many_refused_keys_in_a_row_are_recorded_too(folder: RunFolder, clock: Clock) -> None:
    course = open_course(folder, Keys("0.jpg", *(f"{n:04}.gif" for n in range(1, 3000))))
    keys = course.keys()
    assert next(keys) == "0.jpg"
    assert next(keys) is None  # it asks for what is held back
    course.settle(1)
    assert course.settled.listed == 1000
    clock.now = 1.0
    assert list(keys) == [None]
    assert about(folder)["count"] == 1001
    assert course.settled.listed == 3000


def test_an_object_whose_line_nobody_reads_is_in_the_folder(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    course = open_course(folder, Keys("1.gif", "2.jpg"))
    monkeypatch.setattr(Report, "line", unread)
    with pytest.raises(BrokenPipeError):
        list(course.keys())
    course.record()
    assert about(folder)["counts"]["skipped"] == 1
    assert [line["key"] for line in folder.read("objects.jsonl")] == ["1.gif"]


def unread(_: Report, line: object) -> None:  # noqa: ARG001 - as in Report
    raise BrokenPipeError


def test_it_goes_on_behind_the_record_and_forgets_what_was_written_later(folder: RunFolder) -> None:
    source = Keys("1.gif", "2.jpg", "3.gif", "4.jpg")
    first = open_course(folder, source)
    keys = first.keys()
    next(keys)
    first.settle(1)
    first.record()
    folder.append("objects.jsonl", {"key": "3.gif"})  # and then it is killed
    folder.close()
    again = RunFolder(folder.path, about(folder))
    second = open_course(again, source)
    assert list(second.keys()) == ["4.jpg", None]
    second.settle(1)
    second.record()
    again.close()
    assert source.asked == [("", 0), ("2.jpg", 2)]
    assert [line["key"] for line in again.read("objects.jsonl")] == ["1.gif", "3.gif"]
    assert about(again)["counts"] == {"listed": 4, "sent": 2, "skipped": 2, "skipped_by_reason": {"excluded": 2}}


def test_a_source_that_fails_has_given_what_it_gave(folder: RunFolder) -> None:
    class Broken(Keys):
        def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
            yield from super().objects(last_key, count)
            raise OSError("broken")

    course = open_course(folder, Broken("1.jpg", "2.gif"))
    keys = course.keys()
    assert [next(keys), next(keys)] == ["1.jpg", None]
    course.settle(1)
    assert course.settled.listed == 2
    with pytest.raises(OSError, match="broken"):
        next(keys)
    assert not course.is_at_end
