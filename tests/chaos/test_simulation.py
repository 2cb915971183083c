"""In every seed of both clouds nothing is lost, and every dead letter is true. A failed seed prints its command."""

import pytest

from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from tests.chaos import ledger
from tests.chaos.setup import CLOUDS, Setup, draw_setup
from tests.chaos.simulation import World, simulate
from tests.chaos.uploaders import UploadPattern

_OBJECTS, _FAULTS = 200, 0.2
_SEEDS, _VARIED_SEEDS, _SEEDS_PER_TEST = 100, 40, 10


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_ledger_balances(cloud: str, seed: int) -> None:
    world = simulate(Setup(cloud, seed, _OBJECTS, _FAULTS))
    assert len(world.instance.entries) > _OBJECTS / 4
    assert world.ledger.letters
    assert world.journal.counts.total() > _OBJECTS


@pytest.mark.parametrize("cloud", CLOUDS)
def test_without_faults_all_letters_are_permanent(cloud: str) -> None:
    world = simulate(Setup(cloud, 3, 100, faults=0))
    assert {letter.fault_class for letter in world.ledger.letters} == {"permanent"}
    assert not world.journal.counts


@pytest.mark.parametrize("cloud", CLOUDS)
def test_same_seed_gives_same_run(cloud: str) -> None:
    first, second, other = (World(Setup(cloud, seed, 40, _FAULTS, keep_lines=True)) for seed in (5, 5, 6))
    for world in (first, second, other):
        world.run()
    assert first.journal.lines == second.journal.lines
    assert first.journal.digest == second.journal.digest
    assert len(first.journal.lines) > 40
    assert other.journal.digest != first.journal.digest


def test_ledger_and_library_agree_on_last_receive() -> None:
    """The ledger has a number of its own: with the library's, it could not find a wrong one."""
    assert ledger.LAST_RECEIVE == LAST_RECEIVE == 8


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("first", range(1000, 1000 + _SEEDS, _SEEDS_PER_TEST))
def test_ledger_balances_in_many_seeds(cloud: str, first: int) -> None:
    for seed in range(first, first + _SEEDS_PER_TEST):
        simulate(Setup(cloud, seed, _OBJECTS, _FAULTS))


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("first", range(2000, 2000 + _VARIED_SEEDS, _SEEDS_PER_TEST))
def test_ledger_balances_in_varied_worlds(cloud: str, first: int) -> None:
    for seed in range(first, first + _SEEDS_PER_TEST):
        simulate(draw_setup(cloud, seed))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_letters_are_put_back_up_to_ten_times(cloud: str) -> None:
    """The ledger balances, and no letter holds another one."""
    pattern = UploadPattern(bad_payload=0.5, announced_by_hand=0.5, put_back=1.0)
    world = simulate(Setup(cloud, 4, 30, 0.05, pattern))
    replays = [letter.replay for letter in world.ledger.letters if letter.replay]
    assert {replay.count for replay in replays} >= set(range(6))
    assert max(replay.count for replay in replays) <= 10


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_ledger_balances_for_ten_thousand_objects(cloud: str) -> None:
    """A fifth of all calls fail. The run lasts as long as the quota requires."""
    simulate(Setup(cloud, 10_000, 10_000, _FAULTS))
