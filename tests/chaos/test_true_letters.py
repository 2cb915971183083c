"""Each dead letter names the fault that its object met, also when it was the object of the key's other reading."""

import pytest

from tests.chaos.bucket import Action
from tests.chaos.faults import RESET, Fault, ScheduledFault
from tests.chaos.setup import CLOUDS, Setup, draw_setup
from tests.chaos.simulation import World, simulate
from tests.chaos.uploaders import ENCODED_KEY, HOUR, UploadPattern
from tests.support.intercepted import Operation

# In these worlds, a letter's fault had once been met by the other reading alone.
_REPORTED = [("alibaba", 7000214), ("aws", 7300006), ("alibaba", 7300007)]
_OTHER_READINGS = {"aws": "a+b%2Bc/1+100%25.jpg", "alibaba": "a b c/1 100%.jpg"}


def run_vanished_upload(cloud: str, fault: Fault) -> World:
    """Return a world whose first upload is gone at once, and whose other reading always meets ``fault``."""
    other = ScheduledFault((Operation.HEAD,), fault, 0.0, HOUR, frozenset({_OTHER_READINGS[cloud]}))
    world = World(Setup(cloud, 1, 0, 0.0, scheduled_faults=(other,), full=(0.0, 0.0, 0), faults_end=HOUR))
    key = ENCODED_KEY.format(1)
    world.uploaders.schedule(0.0, key, Action.PUT)
    world.uploaders.schedule(0.001, key, Action.REMOVE)
    for number in range(240):
        world.uploaders.schedule(number * 15.0, f"p/{number}.jpg", Action.PUT)
    world.run()
    return world


@pytest.mark.parametrize("cloud", CLOUDS)
def test_fault_of_other_reading_is_true(cloud: str) -> None:
    """Until the other reading is known to be gone, nobody knows which object the event means."""
    world = run_vanished_upload(cloud, RESET)
    world.check()
    assert {(letter.source.key, letter.code) for letter in world.ledger.letters if letter.source} == {
        (ENCODED_KEY.format(1), "network")
    }


@pytest.mark.parametrize(("cloud", "seed"), _REPORTED)
def test_reported_world_balances(cloud: str, seed: int) -> None:
    simulate(Setup(cloud, seed))


@pytest.mark.parametrize(("cloud", "seed"), [("alibaba", 127), ("alibaba", 136)])
def test_world_of_encoded_keys_balances(cloud: str, seed: int) -> None:
    simulate(Setup(cloud, seed, pattern=UploadPattern(key=ENCODED_KEY)))


def test_world_of_retried_adds_balances() -> None:
    """A call that fails once and then is throttled says nothing about its leg."""
    simulate(Setup("aws", 1003))


@pytest.mark.slow
def test_world_of_rejected_adds_balances() -> None:
    """A picture that was rejected says nothing about its leg, even if the service had to be asked again."""
    simulate(draw_setup("alibaba", 8100031))
