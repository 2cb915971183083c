"""Seeds of both clouds: nothing is lost, and what is said is true. A seed that fails prints how to see it again."""

import pytest

from imagesearch_ingest.batch.redelivery import LAST_RECEIVE
from tests.chaos import ledger
from tests.chaos.setup import CLOUDS, Setup
from tests.chaos.simulation import World, simulate

_OBJECTS, _FAULTS = 200, 0.2
_SEEDS_OF_A_CLOUD, _AT_ONCE = 100, 10


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_balances(cloud: str, seed: int) -> None:
    world = simulate(Setup(cloud, seed, _OBJECTS, _FAULTS))
    assert len(world.instance.entries) > _OBJECTS / 4
    assert world.ledger.letters
    assert world.journal.counts.total() > _OBJECTS


@pytest.mark.parametrize("cloud", CLOUDS)
def test_without_a_fault_there_are_letters_only_for_what_deserves_one(cloud: str) -> None:
    world = simulate(Setup(cloud, 3, 100, faults=0))
    assert {letter.fault_class for letter in world.ledger.letters} == {"permanent"}
    assert not world.journal.counts


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_same_seed_goes_the_same_way(cloud: str) -> None:
    first, second, other = (World(Setup(cloud, seed, 40, _FAULTS, keep_lines=True)) for seed in (5, 5, 6))
    for world in (first, second, other):
        world.run()
    assert first.journal.lines == second.journal.lines
    assert first.journal.digest == second.journal.digest
    assert len(first.journal.lines) > 40
    assert other.journal.digest != first.journal.digest


def test_the_ledger_and_the_library_count_receives_alike() -> None:
    """Said twice: the ledger's own number would otherwise be the program's mistake, too."""
    assert ledger.LAST_RECEIVE == LAST_RECEIVE == 8


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("first", range(1000, 1000 + _SEEDS_OF_A_CLOUD, _AT_ONCE))
def test_the_ledger_balances_in_many_seeds(cloud: str, first: int) -> None:
    for seed in range(first, first + _AT_ONCE):
        simulate(Setup(cloud, seed, _OBJECTS, _FAULTS))


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_ledger_balances_for_ten_thousand_objects(cloud: str) -> None:
    """A fifth of all calls fails. Their uploads take as long as the quota allows."""
    simulate(Setup(cloud, 10_000, 10_000, _FAULTS))
