"""The deployed handlers give up a service that does not answer, each after its own setting."""

import json
from collections.abc import Iterator

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.smq.faults import Fault
from tests.support.function_compute import Function, QuickCloud, outcome_lines
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created
from tests.support.oss_events import element, notification
from tests.support.pictures import jpeg
from tests.support.stuck_server import silent_address, unreachable_address

KEY = "p/a.jpg"
# A request that may take so long is not repeated within an invocation's last seconds.
NO_RETRY = {"INGEST_CONNECT_TIMEOUT_SECONDS": "10"}
SILENT_BUCKET = {"INGEST_BUCKET_TIMEOUT_SECONDS": "0.2", **NO_RETRY}
SOON = 2500  # milliseconds: below every default timeout


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        cloud.upload(KEY, jpeg())
        yield cloud


@pytest.fixture
def on_aws(aws_cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(aws_cloud, monkeypatch, capsys)
    yield function
    function.stop()


@pytest.fixture(scope="module")
def cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def on_alibaba(cloud: AlibabaCloud, monkeypatch) -> Iterator[Function]:
    function = Function(cloud, monkeypatch)
    cloud.upload(KEY, jpeg())
    yield function
    function.stop()


def given_up(line: dict[str, object]) -> tuple[object, object, bool]:
    return line["reason"], line["retries"], line["ms"] < SOON


# A request is repeated only if it can still end in time: connecting and reading together.


@pytest.mark.parametrize(("seconds", "outcome", "retries"), [(8.9, "failed", 0), (12.0, "added", 1)])
def test_add_is_repeated_with_seven_seconds_left(
    on_aws: LambdaFunction, aws_cloud: AwsCloud, seconds: float, outcome: str, retries: int
) -> None:
    aws_cloud.image_search.faults.add({"leg": "add", "kind": "reset"})
    on_aws(created(KEY), seconds=seconds)
    assert (on_aws.line["outcome"], on_aws.line["retries"]) == (outcome, retries)


@pytest.mark.parametrize(("timeout", "expected"), [(14, ("failed", 0)), (24, ("added", 1))])
def test_fetch_is_repeated_with_thirteen_seconds_left(
    on_alibaba: Function, cloud: AlibabaCloud, capsys, timeout: float, expected: tuple[str, int]
) -> None:
    cloud.oss.faults.add({"method": "GET", "kind": "reset"})
    on_alibaba(notification(element(KEY)), timeout=timeout)
    (line,) = outcome_lines(capsys)
    assert (line["outcome"], line["retries"]) == expected


# On AWS.


def test_silent_bucket_is_given_up(on_aws: LambdaFunction) -> None:
    with silent_address() as address:
        on_aws.start(AWS_ENDPOINT_URL_S3=f"http://{address}", **SILENT_BUCKET)
        assert on_aws(created(KEY)) == ["M1"]
    assert given_up(on_aws.line) == ("timeout", 0, True)


def test_unreachable_bucket_is_given_up(on_aws: LambdaFunction) -> None:
    with unreachable_address() as address:
        on_aws.start(AWS_ENDPOINT_URL_S3=f"http://{address}", INGEST_CONNECT_TIMEOUT_SECONDS="0.1")
        assert on_aws(created(KEY)) == ["M1"]
    assert given_up(on_aws.line) == ("timeout", 0, True)


def test_silent_instance_is_given_up(on_aws: LambdaFunction, aws_cloud: AwsCloud) -> None:
    on_aws.start(INGEST_INSTANCE_TIMEOUT_SECONDS="0.2", **NO_RETRY)
    aws_cloud.image_search.faults.add({"leg": "add", "kind": "stall", "seconds": 3, "times": None})
    assert on_aws(created(KEY)) == ["M1"]
    assert given_up(on_aws.line) == ("timeout", 0, True)


def test_unreachable_instance_is_given_up(on_aws: LambdaFunction) -> None:
    with unreachable_address() as address:
        on_aws.start(INGEST_HTTPS_PROXY=f"http://{address}", INGEST_CONNECT_TIMEOUT_SECONDS="0.1")
        assert on_aws(created(KEY)) == ["M1"]
    assert given_up(on_aws.line) == ("network", 0, True)


def test_silent_dead_letter_queue_is_given_up(on_aws: LambdaFunction, aws_cloud: AwsCloud) -> None:
    aws_cloud.upload("p/bad.jpg", b"no picture")
    with silent_address() as address:
        on_aws.start(AWS_ENDPOINT_URL_SQS=f"http://{address}", **SILENT_BUCKET)
        assert on_aws(created("p/bad.jpg")) == ["M1"]
    assert "timeout" in on_aws.line["dead_letter_fault"]


def test_silent_secrets_manager_is_given_up(on_aws: LambdaFunction) -> None:
    with silent_address() as address:
        on_aws.start(
            AWS_ENDPOINT_URL_SECRETS_MANAGER=f"http://{address}", INGEST_CREDENTIALS_SECRET="key", **SILENT_BUCKET
        )
        assert on_aws(created(KEY)) == ["M1"]
    assert given_up(on_aws.line) == ("timeout", 0, True)


# On Alibaba Cloud.


def test_silent_oss_is_given_up(on_alibaba: Function, cloud: AlibabaCloud, capsys) -> None:
    on_alibaba.start(**SILENT_BUCKET)
    cloud.oss.faults.add({"method": "GET", "kind": "stall", "seconds": 3.0, "times": None})
    on_alibaba(notification(element(KEY)), timeout=11)
    (line,) = outcome_lines(capsys)
    assert given_up(line) == ("timeout", 0, True)


def test_unreachable_oss_is_given_up(on_alibaba: Function, capsys) -> None:
    with unreachable_address() as address:
        on_alibaba.start(INGEST_BUCKET_ENDPOINT=f"http://{address}", INGEST_CONNECT_TIMEOUT_SECONDS="0.1")
        on_alibaba(notification(element(KEY)), timeout=11)
    (line,) = outcome_lines(capsys)
    assert given_up(line) == ("network", 0, True)


def test_silent_smq_is_given_up(on_alibaba: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.upload("p/bad.jpg", b"no picture")
    on_alibaba.start(**SILENT_BUCKET)
    cloud.smq.faults.add(Fault("stall", "SendMessage", times=1, seconds=3.0))
    on_alibaba(notification(element("p/bad.jpg")), timeout=11)
    (line,) = outcome_lines(capsys)
    assert "timeout" in line["dead_letter_fault"]
    assert "imagesearch_ingest" in json.dumps(on_alibaba.waiting())  # the envelope of a record that comes back
