"""A reconcile that is killed is simply started again: everything is announced, and no entry is deleted by mistake."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, clean_environ
from tests.operator.reconcile.world import World

MISSING = [f"a/{number:04}.jpg" for number in range(300)]
ORPHANED = [f"gone/{number:04}.jpg" for number in range(100)]
UNMADE = [("by-hand", f"x/{number}.jpg") for number in range(10)]


def start(world: World, audit: Path, *options: str) -> subprocess.Popen:
    return subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "reconcile", str(audit), "--yes", "--state", str(world.folder / "run"), *options],
        env=clean_environ(**world.environ()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_once_the_journal_has(world: World, process: subprocess.Popen, lines: int) -> None:
    journal = world.folder / "run" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") >= lines):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def check_killed(world: World, seed: int) -> None:
    differences = [*(("+", key) for key in MISSING), *(("-", key) for key in ORPHANED)]
    audit = world.audit(*differences, counts={"indexed": 1000})
    kill_once_the_journal_has(world, start(world, audit), random.Random(seed).randrange(1, 40))
    again = start(world, audit)
    _, messages = again.communicate(timeout=60)
    assert again.returncode == 0, messages
    assert set(world.announced()) == {*MISSING, *ORPHANED}


def test_it_is_started_again_after_a_kill(on_alibaba: World) -> None:
    check_killed(on_alibaba, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_it_is_started_again_at_five_moments(world: World, seed: int) -> None:
    check_killed(world, seed)


def test_deleting_entries_is_started_again_after_a_kill(world: World) -> None:
    world.index(*UNMADE, ("by-hand", "by-hand/live.jpg"))
    audit = world.audit(*(("?", "|".join(ids)) for ids in UNMADE))
    kill_once_the_journal_has(world, start(world, audit, "--delete-unmade", "10"), 3)
    deleted = {*UNMADE} - world.entries()
    assert {(line["product_id"], line["pic_name"]) for line in world.journal()} >= deleted
    again = start(world, audit, "--delete-unmade", "10")
    _, messages = again.communicate(timeout=60)
    assert again.returncode == 0, messages
    assert {ids for ids in world.entries() if ids[0] == "by-hand"} == {("by-hand", "by-hand/live.jpg")}


def test_two_at_once_do_no_harm(on_aws: World) -> None:
    on_aws.index(*UNMADE)
    differences = [*(("-", key) for key in ORPHANED), *(("?", "|".join(ids)) for ids in UNMADE)]
    audit = on_aws.audit(*differences, counts={"indexed": 1000})
    states = [str(on_aws.folder / name) for name in ("one", "two")]
    both = [start(on_aws, audit, "--state", state, "--delete-unmade", "10") for state in states]
    for process in both:
        process.communicate(timeout=60)
    assert [process.returncode for process in both] == [0, 0]
    assert set(on_aws.announced()) == {*ORPHANED}
    assert not on_aws.entries() & {*UNMADE}
