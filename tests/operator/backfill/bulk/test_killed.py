"""A bulk import that is killed in any phase goes on, and starts no second task."""

import json
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import wait_until
from tests.operator.backfill.bulk.conftest import LEFT, World, bad_keys, make_pictures, phase_of, run_json

pytestmark = pytest.mark.slow
SIZE = 60


def good_keys(size: int) -> set[str]:
    return {key for key in make_pictures(size) if key not in ("old.gif", "Thumbs.db", *bad_keys(size))} | {*LEFT}


def check_end(world: World, folder: Path, size: int) -> None:
    """Go on, and compare the end with that of a run that was never killed."""
    done = world.run("--yes", "--resume", folder)
    assert done.code == 3, done.messages
    check_index(world, done.summary, size)
    letters = [json.loads(line)["source"]["key"] for line in (folder / "letters.jsonl").read_text().splitlines()]
    assert letters == sorted(bad_keys(size))
    lines = [json.loads(line)["PicName"] for line in (folder / "increment.meta").read_text().splitlines()]
    assert lines == sorted(set(lines), key=lambda key: key.encode())


def check_index(world: World, summary: dict[str, Any], size: int) -> None:
    wait_until(lambda: len(world.index()) >= len(good_keys(size)))
    bad = len(bad_keys(size))
    sent = len(good_keys(size)) - len(LEFT)
    assert (summary["sent"], summary["imported"], summary["rejected"]) == (sent, sent, bad)
    assert summary["listed"] == summary["sent"] + summary["skipped"] + summary["rejected"] + summary["left"]
    assert summary["listed"] == len(make_pictures(size)) + len(LEFT)
    assert {name for _, name in world.index()} == good_keys(size)
    assert world.letters().keys() == {*bad_keys(size)}
    assert len(world.tasks()) == 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_while_pictures_are_prepared(make_world: Callable[..., World], share: float) -> None:
    world = make_world(SIZE)
    wanted = share * SIZE
    folder = world.kill_when(lambda _: len(world.staged()) >= wanted)
    assert phase_of(folder) in (None, "stage")
    check_end(world, folder, SIZE)


def test_while_the_meta_file_is_uploaded(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.oss.faults.add({"method": "PUT", "key": "increment.meta", "kind": "stall", "seconds": 9.0})
    folder = world.kill_when(lambda path: run_json(path).get("bulk", {}).get("upload_id"))
    assert "increment.meta" not in world.staged()
    check_end_without_bad(world, folder)
    assert not world.cloud.oss._buckets.find(world.staging).uploads  # noqa: SLF001 - a killed one costs storage


def test_right_before_the_task_is_started(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.image_search.faults.add({"leg": "increase", "kind": "stall", "seconds": 9.0})
    folder = world.kill_when(lambda path: phase_of(path) == "wait")
    world.cloud.image_search.faults.clear()
    assert run_json(folder)["bulk"]["task"] is None
    check_end_without_bad(world, folder)


def test_before_the_answer_names_the_task(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.image_search.change_tasks(seconds=3.0)
    world.cloud.image_search.faults.add({"leg": "increase", "kind": "lost_answer"})
    folder = world.kill_when(lambda _: world.tasks())
    assert run_json(folder)["bulk"]["task"] is None
    check_end_without_bad(world, folder)


def test_while_the_task_runs(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.image_search.change_tasks(seconds=3.0)
    folder = world.kill_when(lambda path: run_json(path).get("bulk", {}).get("task"))
    assert phase_of(folder) == "wait"
    check_end_without_bad(world, folder)


def test_while_failed_lines_are_read(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.image_search.change_tasks(seconds=0.1, fail_lines=[2])
    world.cloud.image_search.faults.add({"leg": "download", "kind": "stall", "seconds": 9.0})
    folder = world.kill_when(lambda path: phase_of(path) == "fold")
    world.cloud.image_search.faults.clear()
    done = world.run("--yes", "--resume", folder)
    assert (done.code, done.summary["failed_lines"]) == (3, 1), done.messages
    assert len(world.tasks()) == 1
    assert len((folder / "letters.jsonl").read_text().splitlines()) == 1


def check_end_without_bad(world: World, folder: Path) -> None:
    done = world.run("--yes", "--resume", folder)
    assert done.code == 0, done.messages
    wait_until(lambda: len(world.index()) >= len(good_keys(12)))
    assert {name for _, name in world.index()} == good_keys(12)
    assert len(world.tasks()) == 1
    assert done.summary["imported"] == len(good_keys(12)) - len(LEFT)


def test_ctrl_c_ends_with_a_summary_that_adds_up(make_world: Callable[..., World]) -> None:
    world = make_world(SIZE, with_function=False)
    folder = world.kill_when(lambda _: len(world.staged()) > 9, how=signal.SIGINT)
    summary = json.loads(world.killed.splitlines()[-1])["summary"]
    assert (summary["exit"], summary["error"]["reason"], summary["phase"]) == (130, "interrupted", "stage")
    assert summary["listed"] == summary["sent"] + summary["skipped"] + summary["rejected"] + summary["left"]
    assert run_json(folder)["complete"] is False
    done = world.run("--resume", folder)  # without --yes: what would be left to do
    assert (done.code, done.summary["dry_run"]) == (0, True)
    assert done.summary["listed"] == len(make_pictures(SIZE)) + len(LEFT)


def test_at_any_moment(make_world: Callable[..., World]) -> None:
    """Kill one run again and again, each time a little later."""
    world = make_world(SIZE)
    rng = random.Random(15)
    folder = world.kill_when(lambda _: len(world.staged()) > 3)
    for _ in range(6):
        world.kill_after(rng.uniform(0.8, 3.0), folder)
    done = world.run("--yes", "--resume", folder)
    assert done.code in (0, 3), done.messages  # 0 if it had come to its end before
    assert run_json(folder)["complete"] is True
    check_index(world, done.summary, SIZE)
