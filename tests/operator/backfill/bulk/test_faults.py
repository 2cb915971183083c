"""What can go wrong with a bulk import once it has begun: its lines, its task, the buckets."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from imagesearch_ops.backfill.bulk.staging import StagingBucket
from tests.e2e.conftest import wait_until
from tests.operator.backfill.bulk.conftest import GOOD, SOURCE, World, make_pictures, phase_of

pytestmark = pytest.mark.slow
SIZE = 12


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A cloud without a function, whose pictures are all good and fit into increment.meta."""
    world = make_world(SIZE, with_function=False)
    keys = [one.key for one in world.cloud.oss.objects(SOURCE) if not one.key.startswith("shop/")]
    world.cloud.oss.uploader().remove_all(SOURCE, [*keys, "shop/noext"])
    return world


def names(world: World) -> list[str]:
    return sorted(name for _, name in world.index())


@pytest.mark.parametrize("form", ["fields", "lines", "text"])
def test_a_failed_line_gets_a_letter_and_the_others_are_imported(world: World, form: str) -> None:
    world.cloud.image_search.change_tasks(seconds=0.1, fail_lines=[3], errors=form)
    keys = sorted(make_pictures(SIZE), key=str.encode)
    failed = [key for key in keys if key.startswith("shop/")][2]
    done = world.run("--yes")
    assert done.code == 3, done.messages
    assert (done.summary["imported"], done.summary["failed_lines"]) == (SIZE - 1, 1)
    assert [line["key"] for line in done.lines[:-1]] == [failed]
    (letter,) = world.cloud.dead_letters()
    etag = next(one.etag for one in world.cloud.oss.objects(SOURCE) if one.key == failed)
    assert (letter["source"]["key"], letter["source"]["etag"], letter["target"]["pic_name"]) == (failed, etag, failed)
    assert letter["code"] == "service_unavailable"  # the copy could not be read, which proves nothing
    assert letter["upstream"]["code"] == (None if form == "lines" else "PictureError")
    assert failed not in names(world)
    assert len(names(world)) == SIZE - 1


def test_failed_lines_that_nobody_understands_are_told_and_kept(world: World) -> None:
    world.cloud.image_search.change_tasks(seconds=0.1, fail_lines=[1, 4], errors="unreadable")
    done = world.run("--yes")
    assert (done.code, done.summary["error"]["reason"]) == (1, "failed_lines_unknown")
    assert (done.summary["unknown_lines"], done.summary["failed_lines"]) == (2, 0)
    folder = world.state / "imagesearch-ingest" / done.summary["run"]
    assert (folder / "errors-1.txt").read_text() == "%%1%%\n%%4%%\n"
    assert str(folder / "errors-1.txt") in done.messages


def test_a_full_instance_is_told_before_its_lines_fail(world: World) -> None:
    world.cloud.image_search.change_instance(capacity=0)
    done = world.run("--yes")
    assert (done.code, done.summary["imported"], done.summary["failed_lines"]) == (3, 0, SIZE), done.messages
    assert {line["reason"] for line in done.lines[:-1]} == {"instance_full"}
    assert "The instance has room for 0 more pictures, and 12 are to be imported." in done.messages


def test_a_task_that_fails_names_its_code_and_the_run_starts_another(world: World, tmp_path: Path) -> None:
    world.cloud.image_search.change_tasks(seconds=0.1, fail=True)
    folder = tmp_path / "run"
    done = world.run("--yes", "--state", folder)
    assert (done.code, done.summary["error"]["reason"]) == (5, "service_unavailable")
    assert "the import 1 failed at the service: Console.InternalError" in done.messages
    world.cloud.image_search.change_tasks(seconds=0.1)
    done = world.run("--yes", "--resume", folder)
    assert (done.code, done.summary["task"], done.summary["imported"]) == (0, "2", SIZE), done.messages
    assert len(names(world)) == SIZE


def test_the_task_of_somebody_else_is_waited_for(world: World) -> None:
    def work() -> None:
        wait_until(lambda: any(call.leg == "increase" for call in world.cloud.image_search.calls), 60)

    world.cloud.image_search.change_tasks(seconds=0.0)
    parts = world.cloud.image_search._parts  # noqa: SLF001 - somebody else's client
    parts.increments.start(work, {"InstanceName": "demo", "BucketName": "other", "Path": "/increment.meta"})
    done = world.run("--yes")
    assert (done.code, done.summary["task"]) == (0, "2"), done.messages
    assert "works on the batch task 1" in done.messages
    assert "Another batch task of the instance is running. Waiting for its end." in done.messages
    assert len(names(world)) == SIZE


def test_a_bucket_that_refuses_writing_ends_the_run_at_once(world: World) -> None:
    folder = world.kill_when(lambda _: len(world.staged()) >= 2)
    world.cloud.oss.denied.add("oss:PutObject")
    done = world.run("--yes", "--resume", folder)
    assert (done.code, done.summary["error"]["reason"]) == (7, "credentials")
    assert f"writing to oss://{world.staging} failed: AccessDenied" in done.messages
    world.cloud.oss.denied.clear()
    assert world.run("--yes", "--resume", folder).summary["imported"] == SIZE


def test_an_outage_of_the_source_counts_no_picture_as_unread(world: World) -> None:
    world.cloud.oss.denied.add("oss:GetObject")
    done = world.run("--yes")
    assert done.code in (5, 7), done.messages
    assert done.summary["listed"] == 0


def test_objects_that_cannot_be_read_are_left_until_the_limit_stops(world: World, tmp_path: Path) -> None:
    for key in ("shop/0/sku-0000.jpg", "shop/1/sku-0001.jpg"):
        fault = {"method": "GET", "key": key, "kind": "error", "code": "KmsInDebt", "status": 403, "times": None}
        world.cloud.oss.faults.add(fault)
    done = world.run("--yes", "--max-errors", 2, "--state", tmp_path / "run")
    assert (done.code, done.summary["error"]["reason"]) == (6, "max_errors"), done.messages
    assert done.summary["left_by_reason"] == {"unread": 2}
    assert world.tasks() == []
    done = world.run("--yes", "--max-errors", 2, "--resume", tmp_path / "run")
    assert (done.code, done.summary["imported"], done.summary["announced"]) == (0, SIZE - 2, 2), done.messages


def test_max_objects_imports_the_first_ones_alone(world: World) -> None:
    done = world.run("--yes", "--max-objects", 5)
    assert (done.code, done.summary["imported"], done.summary["announced"]) == (6, 5, 0), done.messages
    assert "This run cannot go on. A new one, with an empty bucket" in done.messages
    shop = sorted(key for key in make_pictures(SIZE) if key.startswith("shop/"))
    assert names(world) == shop[:5]


def test_without_a_queue_the_commands_for_the_rest_are_told(world: World) -> None:
    world.put_quietly("shop/noext", GOOD[0])
    done = world.run("--yes", INGEST_QUEUE_URL="")
    assert (done.code, done.summary["left"], done.summary["announced"]) == (3, 1, 0), done.messages
    assert f"imagesearch-ingest backfill oss://{SOURCE} --since " in done.messages


def test_an_empty_staging_bucket_after_the_start_is_noticed(world: World) -> None:
    folder = world.kill_when(lambda path: phase_of(path) == "wait")
    world.cloud.oss.uploader().remove_all(world.staging, [*world.staged()])
    before = len(world.tasks())  # the killed process may have started one
    done = world.run("--yes", "--resume", folder)
    assert (done.code, len(world.tasks())) == (2, before)
    assert "was emptied since the run began" in done.messages


def test_two_runs_cannot_share_a_staging_bucket(world: World) -> None:
    results = []
    threads = [threading.Thread(target=lambda: results.append(world.run("--yes"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.code for one in results) == [0, 2]
    refused = next(one for one in results if one.code)
    assert "the run" in refused.messages
    assert len(world.tasks()) == 1


def test_the_meta_file_goes_in_parts(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagesearch_ops.backfill.bulk.staging.PART_BYTES", 102_400)
    data = "".join(f"{n}\n" for n in range(60_000)).encode()
    (tmp_path / "meta").write_bytes(data)
    bucket = StagingBucket(world.cloud.oss.uploader().client, world.staging, "cn-shanghai")
    known: list[str] = []
    bucket.put_meta(tmp_path / "meta", len(data) - 1, None, known.append)
    bucket.put_meta(tmp_path / "meta", len(data) - 1, known[0], known.append)  # the first is complete
    assert world.staged()["increment.meta"] == data[:-1]
    assert len({*known}) == 2
