import pytest

from imagesearch_ingest.batch.concurrency import ConcurrencyLimit


def concurrency(per_second: float, seconds: float, most: int = 96, max_bytes: int = 1000) -> ConcurrencyLimit:
    return ConcurrencyLimit(per_second, most, max_bytes, seconds)


@pytest.mark.parametrize(
    ("per_second", "seconds", "wanted"),
    [(0.5, 0.7, 2), (0.5, 4, 4), (2.5, 0.7, 4), (2.5, 4, 14), (25, 0.7, 23), (25, 4, 96)],
)
def test_target_is_rate_times_duration_and_a_spare(per_second: float, seconds: float, wanted: int) -> None:
    assert concurrency(per_second, seconds).target == wanted


def test_target_is_at_most_the_number_of_threads() -> None:
    assert concurrency(1000, 10, most=8).target == 8


def test_room_ends_at_the_target() -> None:
    limit = concurrency(2.5, 0.7)
    assert limit.has_room([1, 1, 1], 1)
    assert not limit.has_room([1, 1, 1, 1], 1)


def test_memory_bounds_all_but_a_single_object() -> None:
    limit = concurrency(2.5, 4)
    assert limit.has_room([600], 400)
    assert not limit.has_room([600], 401)
    assert limit.has_room([], 5000)
    assert not limit.has_room([5000], 1)


def test_single_slow_object_is_forgotten() -> None:
    limit = concurrency(2.5, 1.0)
    for _ in range(30):
        limit.observe(4.0)
    assert limit.seconds == pytest.approx(4.0, rel=0.01)
    assert limit.target == 14
    limit.observe(60.0)
    for _ in range(20):
        limit.observe(0.7)
    assert limit.seconds == pytest.approx(0.7, rel=0.3)


def test_first_guess_is_one_second() -> None:
    assert ConcurrencyLimit(2.0, 96, 1000).target == 4


def test_latest_object_has_a_fifth_of_the_weight() -> None:
    limit = concurrency(2.5, 1.0)
    limit.observe(2.0)
    assert limit.seconds == pytest.approx(1.2)
