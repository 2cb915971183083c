"""A direct backfill that is killed at random moments goes on, and counts and reports each object once."""

import itertools
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.clouds.cloud import LocalCloud
from tests.operator.backfill.direct_world import NOT_A_PICTURE, World, finish, interrupt, open_clouds
from tests.support.pictures import jpeg

GOOD, BAD, KILLS = 145, 5, 4
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def clouds() -> Iterator[dict[str, LocalCloud]]:
    with open_clouds() as clouds:
        yield clouds


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest, clouds: dict[str, LocalCloud], tmp_path: Path) -> World:
    return World(request.param, clouds[request.param], f"part{next(_numbers)}/", tmp_path / "run")


def kill_when(world: World, lines: int, rng: random.Random, *options: str) -> None:
    """Start or resume the run, and kill it soon after that many objects are settled."""
    known = ["--resume", str(world.state)] if world.about() else ["--state", str(world.state)]
    process = world.start(*options, "--yes", "--json", *known, is_traced=False)
    end = time.monotonic() + 60
    while len(world.read("objects.jsonl")) < lines and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.05))
    interrupt(process, signal.SIGKILL)
    assert finish(process).code in (-signal.SIGKILL, 3)


@pytest.mark.slow
def test_killed_runs_end_with_the_good_ones_in_the_index_and_a_letter_for_each_bad_one(world: World) -> None:
    rng = random.Random(world.name)
    good, bad = world.fill(GOOD, bad=BAD)
    for number in range(KILLS):
        kill_when(world, (number * (GOOD + BAD) + rng.randrange(GOOD)) // KILLS, rng, "--rate", "60")
        counts = world.about().get("counts", {"sent": 0, "skipped": 0, "listed": 0})
        assert counts["sent"] + counts["skipped"] == counts["listed"] == world.about().get("count", 0)
        assert counts["listed"] <= len({line["key"] for line in world.read("objects.jsonl")})
    done = finish(world.start("--rate", "200", "--yes", "--json", "--resume", world.state))
    assert (done.code, world.held().keys()) == (3, good)
    letters = world.letters()
    assert letters.keys() == bad
    assert all(len(records) == 1 for records in letters.values())
    expected = {"listed": 150, "sent": 150, "seen": 150, "added": GOOD, "rejected": BAD, "failed": 0, "skipped": 0}
    assert done.summary.items() >= expected.items()
    assert world.about()["counts"].items() >= {"listed": 150, "sent": 150, "added": GOOD, "rejected": BAD}.items()
    assert sorted(line["key"] for line in world.read("objects.jsonl")) == sorted(good | bad)


@pytest.mark.slow
def test_objects_that_change_while_runs_are_killed_end_right(world: World) -> None:
    rng = random.Random(world.name)
    good, _ = world.fill(60)
    pictures = dict.fromkeys(good, jpeg())
    for number in range(KILLS):
        kill_when(world, 15 * number + rng.randrange(15), rng, "--rate", "30")
        new, changed, removed = f"00{number}5x.jpg", *rng.sample(sorted(pictures), 2)
        pictures[world.put(new)] = jpeg()
        pictures[world.put(changed.removeprefix(world.prefix), jpeg(200 + number, 300))] = jpeg(200 + number, 300)
        world.remove(removed.removeprefix(world.prefix))
        del pictures[removed]
    spoilt = world.put("0059x.jpg", NOT_A_PICTURE)
    done = finish(world.start("--rate", "200", "--yes", "--json", "--resume", world.state))
    assert done.code == 3
    assert world.held() == pictures
    assert world.letters().keys() == {spoilt}
    counts = done.summary
    assert counts["added"] == len(pictures)
    assert counts["seen"] == counts["listed"] == counts["sent"] + counts["skipped"]
