"""Outages of half an hour, three days and twenty days: nothing is lost, and only the last one writes dead letters.

A record of SQS may wait for 13 days, one of SMQ for 6 days after its first receive. Then it ends in a dead letter,
since the queue would soon drop it (docs/settling.md).
"""

import pytest

from tests.chaos.faults import BUCKET, DOWN, INDEX, INDEX_CHANGES, OVERDUE, RESET, THROTTLED, Fault
from tests.chaos.long_outages import indexed_keys, key_of, lasting, lettered_keys, run_outage
from tests.chaos.setup import CLOUDS
from tests.chaos.uploaders import HOUR
from tests.support.intercepted import Operation
from tests.support.queues import DAY

# The longer an outage, the fewer records are simulated: fifty thousand for twenty days take most of an hour.
_SIZES = [1000, pytest.param(50_000, marks=pytest.mark.slow)]
_SIZES_FOR_DAYS = [1000, pytest.param(3000, marks=pytest.mark.slow)]
_SMALL_SIZES = [20, pytest.param(200, marks=pytest.mark.slow)]
# After so many days a record must have ended, and before the first of them it must wait.
_ENDS_AT = {"aws": (13.0, 13.5), "alibaba": (6.0, 6.5)}
# Waits of a tenth of the age, at most six hours, need no more receives than this for the whole outage.
_MAX_RECEIVES = 100


def check_all_indexed(
    cloud: str, operations: tuple[Operation, ...], fault: Fault, seconds: float, objects: int
) -> None:
    """Check that each record waited for the end of the outage, and that it did not wait much longer."""
    world = run_outage(cloud, lasting(operations, fault, seconds), objects)
    world.check()
    assert not world.ledger.letters
    assert indexed_keys(world) == {key_of(number) for number in range(objects)}
    assert seconds <= world.timeline.now < seconds * 1.15 + 2 * HOUR


def check_twenty_days(cloud: str, operations: tuple[Operation, ...], fault: Fault, objects: int) -> None:
    """Check an outage of twenty days, in which uploads arrive for sixteen."""
    world = run_outage(cloud, lasting(operations, fault, 20 * DAY), objects, arriving_days=16.0)
    world.check()
    lettered, indexed, (earliest, latest) = lettered_keys(world), indexed_keys(world), _ENDS_AT[cloud]
    assert not lettered & indexed
    for number in range(objects):
        days_until_end, key = 20 - 16 * number / objects, key_of(number)
        assert key in lettered | indexed
        assert key in lettered or days_until_end < latest
        assert key in indexed or days_until_end >= earliest
    assert lettered
    assert indexed
    is_throttled = fault.name == "DeniedRequest"  # a throttled record waits for half an hour at most
    assert max(letter.receive_count for letter in world.ledger.letters) < (900 if is_throttled else _MAX_RECEIVES)


@pytest.mark.parametrize("objects", _SIZES)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_half_an_hour_of_network_faults_ends_no_record(cloud: str, objects: int) -> None:
    check_all_indexed(cloud, INDEX, RESET, HOUR / 2, objects)


@pytest.mark.parametrize("objects", _SIZES_FOR_DAYS)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_three_days_of_network_faults_end_no_record(cloud: str, objects: int) -> None:
    check_all_indexed(cloud, INDEX, RESET, 3 * DAY, objects)


@pytest.mark.parametrize("objects", _SIZES_FOR_DAYS)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_twenty_days_of_network_faults_lose_no_record(cloud: str, objects: int) -> None:
    check_twenty_days(cloud, INDEX, RESET, objects)


@pytest.mark.parametrize("objects", _SMALL_SIZES)
@pytest.mark.parametrize(
    ("operations", "fault"),
    [(INDEX_CHANGES, THROTTLED), (INDEX, OVERDUE), (BUCKET, DOWN)],
    ids=["throttled", "overdue", "bucket"],
)
@pytest.mark.parametrize("cloud", CLOUDS)
class TestOtherOutages:
    """Outages of other kinds, with fewer records."""

    def test_three_days_end_no_record(
        self, cloud: str, operations: tuple[Operation, ...], fault: Fault, objects: int
    ) -> None:
        check_all_indexed(cloud, operations, fault, 3 * DAY, objects)

    def test_twenty_days_lose_no_record(
        self, cloud: str, operations: tuple[Operation, ...], fault: Fault, objects: int
    ) -> None:
        check_twenty_days(cloud, operations, fault, objects)
