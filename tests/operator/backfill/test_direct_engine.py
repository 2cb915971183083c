"""The direct engine on both local clouds: this process does what the function does."""

import itertools
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops.backfill.backfilling import run_backfill
from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.errors import InputError
from local_cloud.clouds.cloud import LocalCloud
from tests.e2e.conftest import COMMAND, clean_environ, wait_until
from tests.operator.backfill.direct_world import NOT_A_PICTURE, World, finish, interrupt, open_clouds
from tests.support.pictures import jpeg

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def clouds() -> Iterator[dict[str, LocalCloud]]:
    with open_clouds() as clouds:
        yield clouds


@pytest.fixture
def make_world(clouds: dict[str, LocalCloud], tmp_path: Path) -> Iterator[Callable[[str], World]]:
    yield lambda name: World(name, clouds[name], f"part{next(_numbers)}/", tmp_path / "run")
    for cloud in clouds.values():
        cloud.image_search.faults.clear()


@dataclass
class Done:
    """What a backfill within this process has printed. ``error`` is what it raised."""

    code: int
    lines: list[dict[str, Any]]
    summary: dict[str, Any]
    stdout: str
    stderr: str


Backfill = Callable[..., Done]


@pytest.fixture
def backfill(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Backfill:
    """Return a function that runs the command in this process, with the direct engine."""

    def backfill(
        world: World,
        *,
        environ: dict[str, str] | None = None,
        has_queues: bool = False,
        as_json: bool = True,
        **given: Any,
    ) -> Done:
        variables = world.environ(has_queues=has_queues, **environ or {})
        for name in [name for name in variables if name.startswith("AWS_")]:
            monkeypatch.setenv(name, variables[name])  # botocore reads keys and endpoints from the process
        options = {"engine": EngineName.DIRECT, "rate": 200.0, "yes": True}
        options["state"] = None if "resume" in given else world.state
        wanted = Wanted(world.url, **options | given)
        with suppress(IngestError, InputError, SettingsError):
            run_backfill(wanted, variables, as_json=as_json)
        output = capsys.readouterr()
        lines = [json.loads(line) for line in output.out.splitlines()] if as_json else [{"summary": {"exit": 0}}]
        summary = lines.pop()["summary"]
        return Done(summary["exit"], lines, summary, output.out, output.err)

    return backfill


@pytest.fixture
def on_aws(make_world: Callable[[str], World]) -> World:
    return make_world("aws")


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest, make_world: Callable[[str], World]) -> World:
    return make_world(request.param)


def test_a_dry_run_counts_and_sends_nothing(world: World, backfill: Backfill) -> None:
    world.fill(3, bad=1)
    world.put(".DS_Store", b"x")
    calls = world.adds()
    done = backfill(world, yes=False, rate=2.0)
    assert (done.code, done.lines) == (0, [])
    assert done.summary.items() >= {"dry_run": True, "listed": 5, "sent": 4, "skipped": 1}.items()
    assert done.summary["skipped_by_reason"] == {"never_a_picture": 1}
    assert (world.adds(), world.held(), world.state.exists()) == (calls, {}, False)


def test_a_dry_run_that_would_send_nothing_names_no_command(world: World, backfill: Backfill) -> None:
    world.put(".DS_Store", b"x")
    done = backfill(world, yes=False)
    assert "nothing was sent, and nothing would be." in done.stderr
    assert "--yes" not in done.stderr


def test_good_pictures_are_added_and_letters_name_the_bad_ones(world: World, backfill: Backfill) -> None:
    good, bad = world.fill(12, bad=3)
    good |= {world.put(name) for name in ("a+b %41.jpg", "鞋 .jpg", "cafe\u0301.jpg")}
    empty = world.put("empty.jpg", b"")
    world.put("folder/", b"")
    done = backfill(world)
    assert (done.code, done.summary["error"]["reason"]) == (3, "rejected")
    assert world.held().keys() == good
    assert world.letters().keys() == bad | {empty}
    summary = done.summary
    assert summary.items() >= {"listed": 20, "seen": 20, "sent": 19, "added": 15, "rejected": 4, "skipped": 1}.items()
    assert summary["rejected_by_reason"] == {"not_an_image": 3, "object_empty": 1}
    assert {line["key"]: line["outcome"] for line in done.lines} == {
        **dict.fromkeys(good, "added"),
        **dict.fromkeys([*bad, empty], "rejected"),
        f"{world.prefix}folder/": "skipped",
    }
    assert [line["key"] for line in world.read("objects.jsonl")] == [line["key"] for line in done.lines]
    about = world.about()
    assert (about["complete"], about["count"], about["counts"]["added"]) == (True, 20, 15)


def test_object_lines_have_the_fields_of_demo(world: World, backfill: Backfill) -> None:
    key = world.put("cup/front.jpg")
    done = backfill(world)
    (line,) = done.lines
    assert done.code == 0
    assert line | {"ms": 0} == {
        "key": key,
        "outcome": "added",
        "reason": None,
        "detail": None,
        "steps": [],
        "product_id": "cup",
        "pic_name": key,
        "ms": 0,
    }


def test_a_person_sees_problems_and_counts_only(on_aws: World, backfill: Backfill) -> None:
    on_aws.put("good.jpg")
    on_aws.put("bad.jpg", NOT_A_PICTURE)
    done = backfill(on_aws, as_json=False)
    assert "good.jpg" not in done.stdout
    assert f"{on_aws.prefix}bad.jpg" in done.stdout
    assert "2 seen, 1 added, 1 rejected (1 not_an_image)" in done.stdout
    assert f"imagesearch-ingest dlq list --from {on_aws.state}/letters.jsonl" in done.stdout


def test_the_default_rate_is_half_and_a_line_says_why(on_aws: World, backfill: Backfill) -> None:
    on_aws.put("one.jpg")
    done = backfill(on_aws, yes=False, environ={"INGEST_ADDS_PER_SECOND": "5"}, rate=None)
    assert done.summary["adds_per_second"] == 2.5
    assert "rate 2.5/s: half of INGEST_ADDS_PER_SECOND, because live uploads share the instance's quota" in done.stderr


@pytest.mark.parametrize(
    ("rate", "used", "said"),
    [
        (None, 0.625, "rate 0.625/s: half of 1.25 adds/s (25% of 5), because live uploads share the instance's quota"),
        (2, 2, "rate 2/s: as --rate says. That is above 1.25 adds/s (25% of 5): the instance will refuse calls."),
    ],
)
def test_a_share_of_the_rate_is_halved_too(
    on_aws: World, backfill: Backfill, rate: float | None, used: float, said: str
) -> None:
    on_aws.put("one.jpg")
    share = {"INGEST_ADDS_PER_SECOND": "5", "INGEST_RATE_SHARE_PERCENT": "25"}
    done = backfill(on_aws, yes=False, environ=share, rate=rate)
    assert done.summary["adds_per_second"] == used
    assert said in done.stderr


def test_letters_go_to_the_file_and_to_the_queue_of_a_deployment(world: World, backfill: Backfill) -> None:
    _, bad = world.fill(4, bad=2)
    done = backfill(world, has_queues=True)
    assert done.code == 3
    assert world.letters().keys() == world.queued() == bad
    assert {letter["run"] for letter in world.read("letters.jsonl")} == {done.summary["run"]}
    assert {letter["source"]["event_name"] for letter in world.read("letters.jsonl")} == {"announced:backfill"}


def test_dlq_reads_and_replays_the_letters(on_aws: World, backfill: Backfill) -> None:
    _, bad = on_aws.fill(2, bad=2)
    backfill(on_aws)
    letters, environ = on_aws.state / "letters.jsonl", clean_environ(**on_aws.environ(has_queues=True))
    command = [COMMAND, "dlq", "list", "--from", str(letters), "--json"]
    listed = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    *lines, last = map(json.loads, listed.stdout.splitlines())
    assert (last["summary"]["records"], last["summary"]["by"]) == (2, {"not_an_image": 2})
    assert {line["source"]["key"] for line in lines} == bad
    replay = [COMMAND, "dlq", "replay", "--from", str(letters), "--all", "--force", "--json"]
    sent = subprocess.run(replay, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert json.loads(sent.stdout.splitlines()[-1])["summary"].items() >= {"sent": 2, "dry_run": True}.items()


def test_a_wrong_key_stops_within_ten_objects_and_nothing_is_lost(on_aws: World, backfill: Backfill) -> None:
    good, _ = on_aws.fill(30)
    done = backfill(on_aws, environ={"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "another"})
    assert (done.code, done.summary["error"]["reason"], done.summary["seen"]) == (7, "credentials", 0)
    assert 1 <= done.summary["not_settled"] <= 10
    assert (on_aws.letters(), on_aws.read("objects.jsonl"), on_aws.held()) == ({}, [], {})
    assert f"--resume {on_aws.state}" in done.summary["resume"]
    again = backfill(on_aws, resume=str(on_aws.state))
    assert (again.code, again.summary["added"], on_aws.held().keys()) == (0, 30, good)


def test_an_unknown_instance_stops_within_ten_objects(world: World, backfill: Backfill) -> None:
    world.fill(20)
    done = backfill(world, environ={"INGEST_INSTANCE_NAME": "another"})
    assert (done.code, done.summary["error"]["reason"]) == (7, "instance_unavailable")
    assert 1 <= done.summary["not_settled"] <= 10
    assert (world.letters(), world.read("objects.jsonl")) == ({}, [])


def test_refused_calls_are_repeated_without_a_letter(world: World, backfill: Backfill) -> None:
    good, _ = world.fill(12)
    world.cloud.image_search.faults.add(
        {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": 5}
    )
    world.cloud.image_search.faults.add({"leg": "upload", "kind": "reset", "times": 2})
    done = backfill(world)
    assert (done.code, done.summary["added"]) == (0, 12)
    assert world.held().keys() == good


def test_max_objects_stops_and_a_resumed_run_does_the_rest(world: World, backfill: Backfill) -> None:
    good, bad = world.fill(8, bad=2)
    first = backfill(world, max_objects=4)
    assert (first.code, first.summary["error"]["reason"], first.summary["seen"]) == (6, "max_objects", 4)
    rest = backfill(world, resume=str(world.state), max_objects=6)
    assert (rest.code, rest.summary["seen"], rest.summary["listed"]) == (3, 10, 10)
    assert (world.held().keys(), world.letters().keys()) == (good, bad)
    assert len(world.read("objects.jsonl")) == 10


@pytest.mark.slow
def test_a_signal_stops_within_seconds_and_says_how_to_go_on(world: World, backfill: Backfill) -> None:
    good, _ = world.fill(30)
    process = world.start("--rate", "4", "--json", "--yes", "--state", world.state)
    wait_until(lambda: len(world.read("objects.jsonl")) >= 2)
    begun = time.monotonic()
    interrupt(process, signal.SIGINT)
    done = finish(process)
    assert time.monotonic() - begun < 8
    assert (done.code, done.summary["error"]["reason"]) == (130, "interrupted")
    assert f"--resume {world.state}" in done.summary["resume"]
    summary = done.summary
    assert summary["seen"] == summary["added"] == len(world.read("objects.jsonl")) < 30
    rest = backfill(world, resume=str(world.state))
    assert (rest.code, rest.summary["added"], world.held().keys()) == (0, 30, good)


@pytest.mark.slow
def test_what_changes_during_the_run_ends_right(world: World) -> None:
    keys = sorted(world.fill(20)[0])
    process = world.start("--rate", "5", "--json", "--yes", "--state", world.state)
    wait_until(lambda: len(world.read("objects.jsonl")) >= 6)
    world.put("0000.jpg", jpeg(400, 300))  # behind the run, as the two below
    world.remove("0001.jpg")
    world.put("0002.jpg", NOT_A_PICTURE)
    world.put("0000x.jpg")
    world.put("0018.jpg", jpeg(300, 400))  # before it
    world.remove("0019.jpg")
    world.put("0021.jpg")
    done = finish(process)
    held = world.held()
    assert done.code == 3
    # The index keeps what it had for a picture that was replaced by a bad one, as the function does.
    assert sorted(held) == sorted(
        {*keys, *(world.prefix + name for name in ("0000x.jpg", "0021.jpg"))} - {keys[1], keys[19]}
    )
    assert (held[keys[0]], held[keys[18]]) == (jpeg(400, 300), jpeg(300, 400))
    assert world.letters().keys() == {keys[2]}
    summary = done.summary
    assert summary["looked_again"] >= 4
    assert summary["seen"] == summary["added"] + summary["deleted"] + summary["rejected"] == summary["listed"]


def test_a_run_that_is_complete_is_left_alone(on_aws: World, backfill: Backfill) -> None:
    on_aws.fill(2)
    backfill(on_aws)
    calls = on_aws.adds()
    again = backfill(on_aws, resume=str(on_aws.state))
    assert (again.code, on_aws.adds()) == (0, calls)


def test_an_empty_bucket_is_said(on_aws: World, backfill: Backfill) -> None:
    done = backfill(on_aws)
    assert (done.code, done.summary["error"]["reason"]) == (3, "empty")


def test_without_an_instance_the_setting_is_named(on_aws: World, backfill: Backfill) -> None:
    on_aws.put("one.jpg")
    done = backfill(on_aws, environ={"INGEST_INSTANCE_NAME": ""})
    assert done.code == 2
    assert "INGEST_INSTANCE_NAME is not set" in done.summary["error"]["message"]
