"""What Detail says, in pictures, and the rate that follows from it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from imagesearch_ingest.image_search.detail import InstanceDetail, read_detail

SAID = {"total_count": 12_345, "capacity": 10, "qps": 5, "service_type": 0, "utc_expire_time": "1767225600000"}


def said(**changes: object) -> SimpleNamespace:
    return SimpleNamespace(**SAID | changes)


def test_capacity_comes_in_units_of_ten_thousand() -> None:
    assert read_detail(said()) == InstanceDetail(12_345, 100_000, 5, "product", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_instance_may_have_no_end(nothing: str | None) -> None:
    assert read_detail(said(utc_expire_time=nothing)).expires is None


@pytest.mark.parametrize("changes", [{"total_count": None}, {"capacity": "many"}, {"utc_expire_time": "2026-01-01"}])
def test_another_form_is_an_error(changes: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        read_detail(said(**changes))


@pytest.mark.parametrize(
    ("total", "capacity", "percent"), [(0, 10_000, 0.0), (9_800, 10_000, 98.0), (11_000, 10_000, 110.0), (0, 0, 100.0)]
)
def test_how_full_it_is(total: int, capacity: int, percent: float) -> None:
    assert InstanceDetail(total, capacity, 5, "product", None).full_percent == percent


@pytest.mark.parametrize(("capacity", "rate"), [(10_000, 1), (100_000, 1), (110_000, 5), (0, 5)])
def test_the_smallest_takes_one_add_a_second(capacity: int, rate: int) -> None:
    assert InstanceDetail(0, capacity, 5, "product", None).usual_rate == rate
