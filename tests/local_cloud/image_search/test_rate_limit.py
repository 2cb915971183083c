"""The rate limiters, on a manual clock and through the SDK."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ThrottlingException

from local_cloud.image_search import ImageSearchService
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.rate_limit import Limiter, make_limiter
from tests.local_cloud.clocks import ManualClock
from tests.local_cloud.image_search.api import Api, code_and_status, picture


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock(1000.0)


def _admitted(limiter: Limiter, calls: int) -> int:
    admitted = 0
    for _ in range(calls):
        with suppress(ApiError), limiter.admit():
            admitted += 1
    return admitted


@pytest.mark.parametrize(("rate", "burst"), [(1.0, 2), (5.0, 5), (0.5, 2)])
def test_a_token_bucket_allows_a_burst(manual_clock: ManualClock, rate: float, burst: int) -> None:
    assert _admitted(make_limiter("token_bucket", rate, manual_clock), 20) == burst


def test_a_token_bucket_refills_up_to_its_capacity(manual_clock: ManualClock) -> None:
    limiter = make_limiter("token_bucket", 5.0, manual_clock)
    assert _admitted(limiter, 20) == 5
    manual_clock.now += 0.5
    assert _admitted(limiter, 20) == 2
    manual_clock.now += 3600
    assert _admitted(limiter, 20) == 5


def test_a_token_bucket_survives_a_clock_set_back(manual_clock: ManualClock) -> None:
    limiter = make_limiter("token_bucket", 1.0, manual_clock)
    assert _admitted(limiter, 5) == 2
    manual_clock.now -= 3600
    assert _admitted(limiter, 5) == 0
    manual_clock.now += 1
    assert _admitted(limiter, 5) == 1


def test_a_calendar_second_starts_with_the_clocks_second(manual_clock: ManualClock) -> None:
    manual_clock.now = 1000.9
    limiter = make_limiter("calendar_second", 3.0, manual_clock)
    assert _admitted(limiter, 10) == 3
    manual_clock.now = 1001.0
    assert _admitted(limiter, 10) == 3
    manual_clock.now = 1001.9
    assert _admitted(limiter, 10) == 0


def test_one_in_flight_allows_one_call_at_a_time(manual_clock: ManualClock) -> None:
    limiter = make_limiter("one_in_flight", 1.0, manual_clock)
    with limiter.admit():
        assert _admitted(limiter, 3) == 0
    assert _admitted(limiter, 3) == 3


@pytest.mark.parametrize(("kind", "rate"), [("leaky", 1.0), ("token_bucket", 0.0)])
def test_an_invalid_limiter_is_refused(manual_clock: ManualClock, kind: str, rate: float) -> None:
    with pytest.raises(ValueError, match=r"leaky|rate"):
        make_limiter(kind, rate, manual_clock)


def test_only_adds_are_limited_by_the_rate(
    make_service: Callable[..., ImageSearchService],
) -> None:
    service = make_service(rate=1.0, clock=_standing_still())
    api = Api(service)
    api.add(picture())
    api.add(picture())
    with pytest.raises(AlibabaCloudException) as refused:
        api.add(picture())
    assert code_and_status(refused.value) == ("DeniedRequest", 403)
    assert refused.value.data["Message"] == "Your request was denied due to instance flow control."
    assert not isinstance(refused.value, ThrottlingException)
    assert api.search(picture()).success is True


def _standing_still() -> Callable[[], float]:
    now = time.time()
    return lambda: now


def test_deleting_has_a_limit_of_its_own(make_service: Callable[..., ImageSearchService]) -> None:
    api = Api(make_service(clock=_standing_still()))
    for _ in range(20):
        api.delete("shoe")
    with pytest.raises(AlibabaCloudException) as refused:
        api.delete("shoe")
    assert refused.value.code == "DeniedRequest"
    assert api.add(picture()).success is True


def test_a_full_instance_only_allows_overwriting(make_service: Callable[..., ImageSearchService]) -> None:
    api = Api(make_service(capacity=1))
    api.add(picture(), pic_name="one")
    with pytest.raises(AlibabaCloudException) as refused:
        api.add(picture(), pic_name="two")
    assert code_and_status(refused.value) == ("InstanceOverQuota", 400)
    assert api.add(picture("PNG"), pic_name="one").success is True
    api.delete("shoe", "one")
    assert api.add(picture(), pic_name="two").success is True
