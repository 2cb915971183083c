import pytest

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit


def concurrency(per_second: float, seconds: float, most: int = 96, max_bytes: int = 1000) -> ConcurrencyLimit:
    return ConcurrencyLimit(per_second, most, max_bytes, seconds)


@pytest.mark.parametrize(
    ("per_second", "seconds", "wanted"),
    [(0.5, 0.7, 2), (0.5, 4, 4), (2.5, 0.7, 4), (2.5, 4, 14), (25, 0.7, 23), (25, 4, 96)],
)
def test_as_many_as_the_rate_takes_during_one_object_and_some_to_spare(
    per_second: float, seconds: float, wanted: int
) -> None:
    assert concurrency(per_second, seconds).target == wanted


def test_there_are_never_more_than_threads() -> None:
    assert concurrency(1000, 10, most=8).target == 8


def test_there_is_room_until_enough_are_under_way() -> None:
    window = concurrency(2.5, 0.7)
    assert window.has_room([1, 1, 1], 1)
    assert not window.has_room([1, 1, 1, 1], 1)


def test_memory_bounds_them_too_but_one_alone_is_always_taken() -> None:
    window = concurrency(2.5, 4)
    assert window.has_room([600], 400)
    assert not window.has_room([600], 401)
    assert window.has_room([], 5000)
    assert not window.has_room([5000], 1)


def test_it_learns_what_objects_take_and_forgets_a_single_slow_one() -> None:
    window = concurrency(2.5, 1.0)
    for _ in range(30):
        window.observe(4.0)
    assert window.seconds == pytest.approx(4.0, rel=0.01)
    assert window.target == 14
    window.observe(60.0)
    for _ in range(20):
        window.observe(0.7)
    assert window.seconds == pytest.approx(0.7, rel=0.3)
