"""How many keys a run announces, and how many wait in the queue at once."""

from collections.abc import Iterator

import pytest

from imagesearch_ops.backfill import limits
from imagesearch_ops.backfill.limits import Limit, Room, most_waiting, until_room
from tests.support.operator_queue import FakeOperatorQueue


def test_a_limit_stops_before_the_next_key() -> None:
    limit = Limit(2)
    assert list(limit.bound(["a", None, "b", None, "c", "d"])) == ["a", None, "b", None]
    assert limit.is_reached


def test_a_limit_that_is_just_enough_is_not_reached() -> None:
    limit = Limit(2)
    assert list(limit.bound(["a", "b", None])) == ["a", "b", None]
    assert not limit.is_reached


def test_no_limit_lets_all_pass() -> None:
    assert list(Limit(None).bound(["a", None, "b"])) == ["a", None, "b"]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeOperatorQueue:
    """Return a queue from which three messages are taken while somebody sleeps."""
    queue = FakeOperatorQueue()

    def sleep(_: float) -> None:
        for name in list(queue.bodies)[:3]:
            del queue.bodies[name]

    monkeypatch.setattr(limits.time, "sleep", sleep)
    return queue


def test_keys_wait_for_room_in_the_queue(queue: FakeOperatorQueue) -> None:
    queue.put("uploaded", "uploaded")
    told: list[int] = []
    held: list[str] = []
    deepest = 0

    def source() -> Iterator[str]:
        for n in range(20):
            yield str(n)

    for key in Room(queue, 5, told.append).bound(source()):
        if key is None:
            queue.put(*held)
            held = []
        else:
            held.append(key)
        deepest = max(deepest, len(queue.bodies) + len(held))
    assert deepest == 5
    assert len(queue.bodies) + len(held) + 3 * len(told) == 22
    assert set(told) == {5}


@pytest.mark.parametrize(("rate", "most"), [(5, 4_320_000), (50, 43_200_000), (0.5, 432_000)])
def test_ten_days_of_work(rate: float, most: int) -> None:
    assert most_waiting(rate) == most


@pytest.mark.parametrize(
    ("waiting", "hours"), [(4_320_000, 24), (4_320_000 + 18_000, 25), (4_320_000 - 432_000, 0), (0, 0)]
)
def test_there_is_room_when_a_day_of_work_fits(waiting: int, hours: float) -> None:
    assert until_room(waiting, 5) == hours * 3600
