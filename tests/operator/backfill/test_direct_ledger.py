"""What is settled, up to which key, and what changed since."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imagesearch_ops.backfill.direct.changes import Changes
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Ledger
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.run_folder import RunFolder

OpenFolder = Callable[..., RunFolder]


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[OpenFolder]:
    """Return a function that opens the run's folder with what ``run.json`` knows."""
    with ExitStack() as stack:

        def open_folder(**about: object) -> RunFolder:
            folder = RunFolder(tmp_path, dict(about))
            stack.callback(folder.close)
            return folder

        yield open_folder


def listed(key: str, etag: str = "e1") -> ListedObject:
    return ListedObject(key, 100, etag, "STANDARD")


def result(key: str, outcome: str = "added", reason: str | None = None) -> ObjectResult:
    return ObjectResult(key, outcome, reason, None, None, 5)


def test_the_mark_stops_before_an_object_that_is_not_settled(open_folder: OpenFolder) -> None:
    ledger = Ledger(open_folder())
    first, second, third = (ledger.take(listed(key)) for key in ("a", "b", "c"))
    ledger.settle(third, result("c"))
    ledger.settle(first, result("a", "rejected", "not_an_image"))
    assert (ledger.last_key, ledger.count, ledger.totals.seen) == ("a", 1, 2)
    ledger.settle(second, result("b"))
    assert (ledger.last_key, ledger.count, ledger.totals.outcomes) == ("c", 3, {"added": 2, "rejected": 1})


def test_an_object_behind_the_mark_is_neither_repeated_nor_counted_twice(
    open_folder: OpenFolder, tmp_path: Path
) -> None:
    killed = Ledger(open_folder())
    entries = [killed.take(listed(key)) for key in ("a", "b", "c")]
    killed.settle(entries[0], result("a"))
    killed.settle(entries[2], result("c", "rejected", "not_an_image"))
    killed.save()
    with (tmp_path / "objects.jsonl").open("ab") as file:
        file.write(b'{"key": "b", "outcome": "ad')  # cut short by the kill
    about = {"last_key": "a", "count": 1, "counts": {"added": 1}}
    ledger = Ledger(open_folder(**about))
    assert (ledger.last_key, ledger.count, ledger.totals.seen) == ("a", 1, 1)
    again, known = ledger.take(listed("b")), ledger.take(listed("c"))
    assert (again.settled, known.settled) == (None, ("rejected", "not_an_image"))
    ledger.settle(again, result("b"))
    assert (ledger.count, ledger.totals.outcomes) == (3, {"added": 2, "rejected": 1})


def test_the_window_is_full_behind_a_slow_object(open_folder: OpenFolder) -> None:
    ledger = Ledger(open_folder())
    slow = ledger.take(listed("0"))
    for number in range(1, 1000):
        ledger.settle(ledger.take(listed(f"{number}")), result(f"{number}"))
    assert not ledger.has_room
    ledger.settle(slow, result("0"))
    assert ledger.has_room


def settle_all(folder: RunFolder, *ended: tuple[str, str, str]) -> None:
    ledger = Ledger(folder)
    for key, etag, outcome in ended:
        ledger.settle(ledger.take(listed(key, etag)), result(key, outcome))


def find(changes: Changes, objects: Iterable[ListedObject], outcome: str = "added") -> list[str]:
    """Settle each change as it is found. Return the keys."""
    found = []
    for one in changes.find(iter(objects)):
        found.append(one.key)
        changes.settle(changes.take(one), result(one.key, outcome))
    return found


def test_new_changed_and_removed_objects_are_found(open_folder: OpenFolder) -> None:
    folder = open_folder()
    settle_all(
        folder,
        ("c", "e1", "added"),
        ("a", "e1", "added"),
        ("b", "e1", "added"),
        ("d", "e1", "deleted"),
        ("\udce9", "", "skipped"),
    )
    changes = Changes(folder)
    now = [listed("a"), listed("aa"), listed("b", "e2"), listed("d")]
    assert find(changes, now) == ["aa", "b", "c", "d"]
    assert changes.totals.seen == 6
    assert find(changes, now) == ["c"]  # it was added after all, says this test
    assert find(Changes(folder), now, "deleted") == ["c"]
    counted = Changes(folder).totals.outcomes
    assert (counted["added"], counted["deleted"], counted["skipped"], counted.total()) == (4, 1, 1, 6)


def test_what_a_killed_process_had_begun_and_is_gone_is_found(open_folder: OpenFolder) -> None:
    folder = open_folder()
    for key in ("b", "a", "a"):
        folder.journal({"action": "look", "key": key, "try": 1})
    settle_all(folder, ("a", "e1", "added"))
    assert find(Changes(folder), [listed("a")], "deleted") == ["b"]
    assert Changes(folder).totals.outcomes == {"added": 1, "deleted": 1}


def test_order_is_that_of_utf_8_and_survives_a_window_of_disorder(open_folder: OpenFolder) -> None:
    folder = open_folder()
    keys = sorted((f"{number}\U0001f45f" for number in range(300)), key=lambda key: key.encode())
    late = [*keys[50:], *keys[:50]]
    settle_all(folder, *((key, "e1", "added") for key in [*late, "\uffff", "\U00010000"]))
    now = [*map(listed, keys), listed("\uffff"), listed("\U00010000")]
    assert find(Changes(folder), now) == []
    assert Changes(folder).totals.seen == 302


def test_the_second_look_does_not_read_its_own_journal(
    open_folder: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagesearch_ops.backfill.direct.changes.LINES", 4)
    folder, keys = open_folder(), [f"{number:02}" for number in range(40)]
    for key in keys:
        folder.journal({"action": "look", "key": key, "try": 1})
    settle_all(folder, *((key, "e1", "added") for key in keys))
    now = [listed(key, "e2" if key in ("05", "31") else "e1") for key in keys if key != "20"]
    changes, found = Changes(folder), []
    for one in changes.find(iter(now)):
        found.append(one.key)
        folder.journal({"action": changes.action, "key": one.key, "try": 1})
        changes.settle(changes.take(one), result(one.key, "deleted" if one.key == "20" else "added"))
    assert found == ["05", "20", "31"]
    assert find(changes, now) == []


def test_a_line_that_comes_too_late_makes_no_others_look_different(
    open_folder: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagesearch_ops.backfill.direct.changes.LINES", 2)
    folder = open_folder()
    settle_all(folder, *((key, "e1", "added") for key in ("b", "c", "d", "e", "f", "a", "g")))
    assert find(Changes(folder), map(listed, "abcdefg")) == ["a"]


def test_a_signal_acts_only_where_it_may() -> None:
    interruption, steps = Interruption(), []

    def end(*_: object) -> None:
        steps.append("signal")
        raise SystemExit(130)

    def work() -> None:
        with interruption.held_back():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("half done")
            with interruption.allowed():
                steps.append("never")

    before = signal.signal(signal.SIGINT, end)
    try:
        with pytest.raises(SystemExit):
            work()
        assert steps == ["half done", "signal"]
        assert signal.getsignal(signal.SIGINT) is end
    finally:
        signal.signal(signal.SIGINT, before)
