"""The deployed handler keeps its share of the quota, and hears what the instance refuses."""

from collections.abc import Iterator
from functools import partialmethod

import pytest

from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from local_cloud.clouds.aws import AwsCloud
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created, removed
from tests.support.pictures import jpeg

KEYS = ("p/1.jpg", "p/2.jpg", "p/3.jpg")
LEAST_SECONDS = 0.5  # for three calls: 0.8 at the share of 2.5 a second, and at most 0.3 at the whole rate


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def function(cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    for key in KEYS:
        cloud.upload(key, jpeg())
    function = LambdaFunction(cloud, monkeypatch, capsys)
    yield function
    function.stop()


def _note_in(limiter: RateLimiter, heard: list[RateLimiter]) -> None:
    heard.append(limiter)


def seconds_of_three(times: list[float]) -> float:
    """Return how long three calls took, from the first to the last."""
    first, _, last = times
    return last - first


def test_workers_share_the_adds(function: LambdaFunction) -> None:
    """Ten a second among four workers is one call every 0.4 seconds."""
    function.start(INGEST_ADDS_PER_SECOND="10", INGEST_MAX_CONCURRENCY="4")
    assert function(created(*KEYS), seconds=60) == []
    assert seconds_of_three(function.call_times("add")) > LEAST_SECONDS


def test_workers_share_the_deletes(function: LambdaFunction, cloud: AwsCloud) -> None:
    for key in KEYS:
        cloud.remove(key)
    function.start(INGEST_DELETES_PER_SECOND="10", INGEST_MAX_CONCURRENCY="4")
    assert function(removed(*KEYS), seconds=60) == []
    assert seconds_of_three(function.call_times("delete")) > LEAST_SECONDS


def test_share_scales_both_rates(function: LambdaFunction, cloud: AwsCloud) -> None:
    """A quarter of ten a second is one call every 0.4 seconds."""
    rates = {"INGEST_ADDS_PER_SECOND": "10", "INGEST_DELETES_PER_SECOND": "10", "INGEST_MAX_CONCURRENCY": "1"}
    function.start(INGEST_RATE_SHARE_PERCENT="25", **rates)
    assert function(created(*KEYS), seconds=60) == []
    assert seconds_of_three(function.call_times("add")) > LEAST_SECONDS
    for key in KEYS:
        cloud.remove(key)
    assert function(removed(*KEYS), seconds=60) == []
    assert seconds_of_three(function.call_times("delete")) > LEAST_SECONDS


def test_wait_for_the_quota_is_logged_as_a_leg(function: LambdaFunction) -> None:
    function.start(INGEST_ADDS_PER_SECOND="10", INGEST_MAX_CONCURRENCY="4")
    function(created(*KEYS), seconds=60)
    assert sorted(line["legs_ms"]["wait"] > 300 for line in function.lines) == [False, True, True]


@pytest.mark.parametrize("leg", ["add", "delete"])
def test_limiter_of_the_refused_call_hears_it(function: LambdaFunction, cloud: AwsCloud, monkeypatch, leg: str) -> None:
    heard: list[RateLimiter] = []
    monkeypatch.setattr(RateLimiter, "record_refusal", partialmethod(_note_in, heard))
    cloud.image_search.faults.add({"leg": leg, "kind": "error", "code": "DeniedRequest", "status": 403})
    if leg == "delete":
        cloud.remove(KEYS[0])
    assert function(created(KEYS[0]), seconds=60) == []
    writer = function.module.worker().batch.reconciler.writer
    assert heard == [writer.add_limiter if leg == "add" else writer.delete_limiter]


def test_throttled_object_stays_in_the_queue(function: LambdaFunction, cloud: AwsCloud) -> None:
    fault = {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": None}
    cloud.image_search.faults.add(fault)
    assert function(created(KEYS[0])) == ["M1"]
    assert function.outcome == "failed: throttled"


@pytest.mark.parametrize(("seconds", "outcome"), [(6.0, "failed: not_begun"), (9.0, "added")])
def test_object_starts_only_with_time_to_finish(function: LambdaFunction, seconds: float, outcome: str) -> None:
    """Two seconds are kept for settling, and an object takes up to five."""
    function(created(KEYS[0]), seconds=seconds)
    assert function.outcome == outcome


def test_object_starts_only_with_time_for_its_slot(function: LambdaFunction) -> None:
    """The first slot is free at once. The next one comes after 100 seconds."""
    function.start(INGEST_ADDS_PER_SECOND="0.01", INGEST_MAX_CONCURRENCY="1")
    assert function(created(KEYS[0]), seconds=60) == []
    assert function(created(KEYS[1]), seconds=60) == ["M1"]
    assert function.outcome == "failed: not_begun"
    assert function.call_times("upload")[1:] == []


def test_burst_is_shared_among_the_workers(function: LambdaFunction) -> None:
    """The smallest instance saves up two calls, one for each of its two workers, so neither makes up for a pause."""
    function.start(INGEST_ADDS_PER_SECOND="1", INGEST_MAX_CONCURRENCY="2")
    function(created(KEYS[0]))
    writer = function.module.worker().batch.reconciler.writer
    assert writer.add_limiter._late == 0  # noqa: SLF001 - a pause that shows it would take seconds
    assert writer.delete_limiter._late > 0.7  # noqa: SLF001
