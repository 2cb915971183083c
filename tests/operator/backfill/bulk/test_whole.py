"""A bulk import from beginning to end: the index, the letters and the numbers."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable

import pytest

from tests.e2e.conftest import COMMAND, wait_until
from tests.operator.backfill.bulk.conftest import LEFT, SOURCE, World, bad_keys, make_pictures, run_json

SIZE = 150


def expected_keys(size: int) -> set[str]:
    return {key for key in make_pictures(size) if key not in ("old.gif", "Thumbs.db", *bad_keys(size))} | {*LEFT}


def index_by_function(world: World) -> dict[tuple[str, str], tuple[object, ...]]:
    """Let the function put the same pictures into an empty index."""
    world.cloud.image_search.reset()
    wanted = len(expected_keys(SIZE))
    command = [COMMAND, "backfill", f"oss://{SOURCE}", "--engine", "queue", "--yes"]
    subprocess.run(command, env=world.environ(), capture_output=True, check=True)  # noqa: S603 - our own command
    wait_until(lambda: len(world.cloud.image_search.entries()) >= wanted, 60)
    return world.index()


@pytest.mark.slow
def test_the_index_is_the_one_that_the_function_makes(make_world: Callable[..., World]) -> None:
    world = make_world(SIZE)
    done = world.run("--yes")
    wait_until(lambda: len(world.cloud.image_search.entries()) >= len(expected_keys(SIZE)))
    assert done.code == 3, done.messages
    summary = done.summary
    numbers = {name: summary[name] for name in ("listed", "sent", "imported", "failed_lines", "unknown_lines")}
    sent = len(expected_keys(SIZE)) - len(LEFT)
    assert numbers == {"listed": sent + 10, "sent": sent, "imported": sent, "failed_lines": 0, "unknown_lines": 0}
    assert summary["skipped_by_reason"] == {"excluded": 1, "never_a_picture": 1}
    bad = {"not_an_image": 2, "corrupt_image": 1, "image_too_small": 1, "object_empty": 1}
    assert summary["rejected_by_reason"] == bad
    assert summary["left_by_reason"] == {"no_extension": 1, "name_taken": 1, "crop_false": 1}
    assert (summary["announced"], summary["task"], summary["phase"]) == (3, "1", "done")
    assert {name for _, name in world.index()} == expected_keys(SIZE)
    assert world.letters().keys() == {*bad_keys(SIZE)}
    assert Counter(world.letters().values()) == bad
    check_folder(world, summary["run"])
    by_bulk = world.index()
    assert by_bulk == index_by_function(world)
    region = next(fields for (_, name), fields in by_bulk.items() if name == "region.jpg")
    assert region[3] == {"Region": "81,4015,40,697"}


def check_folder(world: World, run: str) -> None:
    folder = world.state / "imagesearch-ingest" / run
    about = run_json(folder)
    assert (about["complete"], about["bulk"]["task"], about["bulk"]["staging"]) == (True, "1", world.staging)
    letters = [json.loads(line) for line in (folder / "letters.jsonl").read_text().splitlines()]
    assert [(one["source"]["key"], one["run"]) for one in letters] == [(key, run) for key in sorted(bad_keys(SIZE))]
    lines = [json.loads(line) for line in (folder / "increment.meta").read_text(encoding="ascii").splitlines()]
    assert {line["PicName"] for line in lines} == expected_keys(SIZE) - {*LEFT}
    assert all(line["OperationType"] == "ADD" for line in lines)
    staged = world.staged()
    assert staged.keys() == expected_keys(SIZE) - {*LEFT} | {"increment.meta", "imagesearch-ingest.run"}
    assert staged["increment.meta"] + b"\n" == (folder / "increment.meta").read_bytes()


def test_a_dry_run_writes_nothing_and_says_what_would_be_done(make_world: Callable[..., World]) -> None:
    world = make_world(20, with_function=False)
    before = len(world.cloud.oss.requests)
    done = world.run()
    assert done.code == 0, done.messages
    summary = done.summary
    sent = len(expected_keys(20)) - 2 + len(bad_keys(20))  # what the bytes and the metadata say is not known yet
    assert (summary["sent"], summary["dry_run"], summary["left"]) == (sent, True, 2)
    assert summary["listed"] == summary["sent"] + summary["skipped"] + summary["rejected"] + summary["left"]
    assert summary["bytes"] == sum(
        len(data) for key, (data, _) in make_pictures(20).items() if key not in ("old.gif", "Thumbs.db")
    ) + len(world_data(world, "whole.jpg"))
    assert summary["seconds_about"] is not None
    assert world.staged() == {}
    assert {method for method, _ in world.cloud.oss.requests[before:]} <= {"GET", "HEAD"}
    assert (world.tasks(), world.letters(), world.index()) == ([], {}, {})
    assert not list((world.state / "imagesearch-ingest").glob("*"))


def world_data(world: World, key: str) -> bytes:
    return next(one.data for one in world.cloud.oss.objects(SOURCE) if one.key == key)


@pytest.mark.slow
def test_what_changes_during_the_run_ends_right(make_world: Callable[..., World]) -> None:
    world = make_world(12)
    world.cloud.image_search.change_tasks(seconds=4.0)
    folder = world.kill_when(lambda path: run_json(path).get("bulk", {}).get("task"))
    good = make_pictures(12)["shop/1/sku-0001.jpg"][0]
    world.put_quietly("shop/0/sku-0000.jpg", good)  # overwritten
    world.put_quietly("new.jpg", good)
    gone = "shop/2/sku-0002.jpg"
    world.cloud.bucket_owner.remove(SOURCE, gone)
    done = world.run("--yes", "--resume", folder)
    assert (done.code, done.summary["imported"]) == (0, done.summary["sent"]), done.messages
    keys = expected_keys(12) - {gone} | {"new.jpg"}
    wait_until(lambda: {name for _, name in world.index()} == keys)
    wait_until(lambda: world.index()["0", "shop/0/sku-0000.jpg"][0] == good)
    assert done.summary["announced"] == len(LEFT) + 3
