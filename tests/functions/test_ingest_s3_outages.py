"""In an outage the Lambda handler hands records back, however often they were received, and writes no dead letter."""

from collections.abc import Iterator

import pytest

from local_cloud.clouds.aws import AwsCloud
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created, removed
from tests.support.pictures import jpeg

FIRST, SECOND, BAD = "shoes/1/first.jpg", "shoes/2/second.jpg", "shoes/3/bad.jpg"
DOWN = {"kind": "error", "code": "InternalError", "status": 500, "times": None}
NOWHERE = "http://127.0.0.1:9"  # the port of "discard", on which nothing listens


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        for key in (FIRST, SECOND):
            cloud.upload(key, jpeg())
        cloud.upload(BAD, b"no picture")
        yield cloud


@pytest.fixture
def function(cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(cloud, monkeypatch, capsys)
    yield function
    function.stop()


@pytest.mark.parametrize("receives", [8, 9, 40, 999])
def test_no_way_out_of_the_network_is_an_outage(function: LambdaFunction, receives: int) -> None:
    """Nothing works, so nothing proves that the fault is the object's."""
    function.start(INGEST_HTTPS_PROXY=NOWHERE)
    assert sorted(function(created(FIRST, SECOND, receives=receives))) == ["M1", "M2"]
    assert function.outcome == "failed: network"
    assert not function.letters()


def test_rejected_picture_is_dead_lettered_in_an_outage(function: LambdaFunction) -> None:
    function.start(INGEST_HTTPS_PROXY=NOWHERE)
    assert function(created(BAD, FIRST, receives=8)) == ["M2"]
    assert [letter["code"] for letter in function.letters()] == ["not_an_image"]


@pytest.mark.parametrize("leg", ["authorize", "upload", "add"])
def test_object_that_fails_while_others_succeed_ends(function: LambdaFunction, cloud: AwsCloud, leg: str) -> None:
    for receives, handed_back in ((7, ["M1"]), (8, [])):
        cloud.image_search.faults.add(DOWN | {"leg": leg})
        assert function(created(FIRST, receives=receives)) == handed_back
        cloud.image_search.faults.clear()
        assert function(created(SECOND)) == []
    assert [(letter["code"], letter["receive_count"]) for letter in function.letters()] == [("service_unavailable", 8)]


def test_outage_is_over_once_one_object_is_added(function: LambdaFunction, cloud: AwsCloud) -> None:
    cloud.image_search.faults.add(DOWN | {"leg": "add"})
    assert sorted(function(created(FIRST, SECOND, receives=8))) == ["M1", "M2"]
    assert len(function.call_times("add")) <= 2
    function.lines.clear()
    assert sorted(function(created(FIRST, SECOND, receives=1))) == ["M1", "M2"]
    assert [line["detail"].startswith("not started, since: ") for line in function.lines] == [False, True]
    cloud.image_search.faults.clear()
    assert function(created(FIRST, SECOND, receives=9)) == []
    assert not function.letters()


def test_failing_delete_keeps_no_add_out(function: LambdaFunction, cloud: AwsCloud) -> None:
    cloud.image_search.faults.add(DOWN | {"leg": "delete"})
    event = removed("shoes/9/gone.jpg")
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "8"
    assert function(event) == ["M1"]
    assert function(created(FIRST, SECOND)) == []
    assert not function.letters()
