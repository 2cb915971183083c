"""The watch looks at the instance: its room, its end, its rate and its key."""

import time

import pytest

from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from tests.support.watch import Watch

DAY = 86_400


@pytest.mark.parametrize(
    ("total", "percent", "level"), [(8_999, 89.99, "INFO"), (9_000, 90, "ERROR"), (9_800, 98, "ERROR")]
)
def test_a_full_index_is_noticed(watch: Watch, cloud: AwsCloud, total: int, percent: float, level: str) -> None:
    cloud.image_search.change_instance(capacity=10_000)
    index = cloud.image_search._parts.index  # noqa: SLF001 - thousands of uploads would take minutes
    for number in range(total):
        index.add(Entry("cups", f"{number}.jpg", b"", 100, 100, "JPEG", 0, 0, {}))
    look = watch(INGEST_ADDS_PER_SECOND="1")
    assert look["IndexFullPercent"] == pytest.approx(percent)
    assert (look["Announcing"], look.line["level"]) == (1, level)


@pytest.mark.parametrize(
    ("days", "said"), [(20, None), (13, "expires in 1"), (2, "expires in "), (-1, "is not in service")]
)
def test_an_end_is_noticed_in_time(watch: Watch, cloud: AwsCloud, days: int, said: str | None) -> None:
    cloud.image_search.change_instance(expires=time.time() + days * DAY)
    look = watch()
    assert look["DaysToExpiry"] == pytest.approx(max(days, 0), abs=0.01)
    found = [one["detail"] for one in look.line["findings"]]
    assert [said in one for one in found] == ([True] if said else [])


@pytest.mark.parametrize(
    "code",
    ["Console.InstanceStatusError", "Console.OrderStatusError", "InstanceStatusError", "Console.InstanceNotFound"],
)
def test_an_instance_out_of_service_has_no_days_left(watch: Watch, cloud: AwsCloud, code: str) -> None:
    cloud.image_search.faults.add({"leg": "detail", "kind": "error", "code": code, "status": 409, "times": None})
    look = watch()
    assert (look["DaysToExpiry"], look["WatchFailed"], look["Announcing"]) == (0, 0, 1)
    assert "IndexFullPercent" not in look.metrics
    assert look.line["level"] == "ERROR"


def test_the_smallest_instance_is_not_asked_for_too_much(watch: Watch, cloud: AwsCloud) -> None:
    cloud.image_search.change_instance(capacity=100_000)
    (found,) = watch(INGEST_ADDS_PER_SECOND="5").line["findings"]
    assert found == {
        "kind": "remark",
        "detail": "the settings say 5 adds a second, the instance allows 1",
        "to_do": "Set AddsPerSecond=1, and update the stack.",
    }


@pytest.mark.parametrize("code", ["NoPermission", "Console.NoPermission", "Forbidden.RAM"])
def test_a_refused_detail_is_a_look_that_failed(watch: Watch, cloud: AwsCloud, code: str) -> None:
    cloud.image_search.faults.add({"leg": "detail", "kind": "error", "code": code, "status": 403, "times": None})
    look = watch()
    assert (look["WatchFailed"], look["Announcing"]) == (1, 1)
    assert not {"IndexFullPercent", "DaysToExpiry"} & look.metrics.keys()
    (found,) = look.line["findings"]
    assert code in found["detail"]
    assert found["to_do"] == "Allow imagesearch:Detail to the access key or the role of the function."


def test_a_key_that_works_no_more_is_noticed(watch: Watch) -> None:
    look = watch(ALIBABA_CLOUD_ACCESS_KEY_SECRET="another")
    assert look["WatchFailed"] == 1
    (found,) = look.line["findings"]
    assert "SignatureDoesNotMatch" in found["detail"]
    assert found["to_do"] == "Check the access key for this service, and its permissions."


def test_a_throttled_detail_is_asked_again(watch: Watch, cloud: AwsCloud) -> None:
    cloud.image_search.faults.add(
        {"leg": "detail", "kind": "error", "code": "DeniedRequest", "status": 400, "times": 1}
    )
    look = watch()
    assert (look["WatchFailed"], "DaysToExpiry" in look.metrics) == (0, True)
