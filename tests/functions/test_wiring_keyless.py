"""The settings of a function without an access key reach both clouds' STS."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.aws import client
from local_cloud.clouds.keyless import AUDIENCE, PROVIDER_ARN, ROLE_ARN, KeylessAwsCloud, trust_policy
from tests.support.lambda_function import LambdaFunction, created
from tests.support.pictures import jpeg

KEY = "shoes/2092061/front.jpg"


class QuickKeylessCloud(KeylessAwsCloud):
    ADDS_A_SECOND = 1000


@pytest.fixture(scope="module")
def cloud() -> Iterator[KeylessAwsCloud]:
    with QuickKeylessCloud(with_function=False) as cloud:
        cloud.upload(KEY, jpeg())
        yield cloud


@pytest.fixture
def function(cloud: KeylessAwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    cloud.set_up()
    client._session.cache_clear()  # noqa: SLF001 - it keeps the key of the test before
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    function = LambdaFunction(cloud, monkeypatch, capsys)
    yield function
    function.stop()
    client._session.cache_clear()  # noqa: SLF001 - as above


def test_role_and_provider_give_the_key(function: LambdaFunction) -> None:
    assert function(created(KEY)) == []
    assert function.outcome == "added"


@pytest.mark.parametrize(
    "variables",
    [{"INGEST_ROLE_ARN": f"{ROLE_ARN}-other"}, {"INGEST_OIDC_PROVIDER_ARN": f"{PROVIDER_ARN}-other"}],
)
def test_another_role_or_provider_gives_none(function: LambdaFunction, variables: dict[str, str]) -> None:
    function.start(**variables)
    assert function(created(KEY)) == ["M1"]
    assert function.outcome.startswith("failed: ")


def test_audience_is_that_of_the_tokens(function: LambdaFunction, cloud: KeylessAwsCloud) -> None:
    cloud.provider.client_ids = {"shop"}
    cloud.sts.put_role(ROLE_ARN, trust_policy(cloud.federation.issuer, "shop", cloud.federation.subject))
    assert function(created(KEY)) == ["M1"]
    function.start(INGEST_OIDC_AUDIENCE="shop")
    assert function(created(KEY)) == []
    assert function.outcome == "added"
    assert AUDIENCE != "shop"


def test_endpoint_of_sts_is_used(function: LambdaFunction) -> None:
    function.start(INGEST_STS_ENDPOINT="sts.elsewhere.example.com")
    assert function(created(KEY)) == ["M1"]
    assert function.outcome == "failed: network"
    function.start(INGEST_STS_ENDPOINT="sts.aliyuncs.com")
    assert function(created(KEY)) == []
