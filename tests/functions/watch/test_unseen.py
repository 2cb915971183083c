"""A look that fails says so, writes no value that it does not know, and ends well."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from imagesearch_ingest.adapters.aws import client
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.support.lambda_function import Context
from tests.support.watch import RULE, Watch


@pytest.fixture
def role(cloud: AwsCloud) -> Iterator[Any]:
    """Return a function that makes a key with some permissions. Moto checks them until the test's end."""

    def make(*actions: str) -> dict[str, str]:
        iam = cloud.aws.client("iam")
        iam.create_user(UserName="watch")
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="watch", PolicyName="may", PolicyDocument=policy)
        key = iam.create_access_key(UserName="watch")["AccessKey"]
        requests.post(f"{cloud.aws.url}/moto-api/reset-auth", data=b"0", timeout=10)
        client._session.cache_clear()  # noqa: SLF001 - it keeps the key of the test before
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    yield make
    requests.post(f"{cloud.aws.url}/moto-api/reset-auth", data=b"inf", timeout=10)
    client._session.cache_clear()  # noqa: SLF001 - as above


NEEDED = {
    "s3:GetBucketNotification",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "sqs:GetQueueAttributes",
}


def test_four_permissions_are_enough(watch: Watch, role) -> None:
    assert watch(**role(*NEEDED))["Announcing"] == 1


@pytest.mark.parametrize("missing", sorted(NEEDED))
def test_a_missing_permission_is_a_look_that_failed(watch: Watch, role, missing: str) -> None:
    look = watch(**role(*NEEDED - {missing}))
    assert (look["WatchFailed"], "Announcing" in look.metrics) == (1, False)
    (found,) = look.line["findings"]
    assert (found["kind"], found["to_do"]) == ("unseen", f"Allow {missing} to the role of this function.")
    assert "DaysToExpiry" in look.metrics


def test_a_fault_that_is_seen_counts_though_another_part_is_not(watch: Watch, cloud: AwsCloud, role) -> None:
    cloud.aws.client("events").disable_rule(Name=RULE)
    look = watch(**role(*NEEDED - {"s3:GetBucketNotification"}))
    assert (look["Announcing"], look["WatchFailed"]) == (0, 1)


def test_a_service_that_cannot_be_reached_is_a_look_that_failed(watch: Watch) -> None:
    look = watch(seconds=12, AWS_ENDPOINT_URL_EVENTBRIDGE="http://127.0.0.1:9")
    assert (look["WatchFailed"], "Announcing" in look.metrics) == (1, False)
    assert {one["kind"] for one in look.line["findings"]} == {"unseen"}


@pytest.mark.parametrize("name", ["INGEST_INSTANCE_NAME", "INGEST_BUCKET", "INGEST_QUEUE_URL", "WATCH_RULE_ARN"])
def test_wrong_settings_are_a_look_that_failed(watch: Watch, name: str) -> None:
    look = watch(**{name: "", "INGEST_STACK_NAME": "shop"})
    assert look["WatchFailed"] == 1
    assert not {"IndexFullPercent", "DaysToExpiry", "Announcing"} & look.metrics.keys()
    assert name in look.line["findings"][0]["detail"]
    assert look.metrics["stack"] == "shop"


def test_no_secret_is_in_the_output(watch: Watch) -> None:
    bucket = f"gone-{ACCESS_KEY_ID.lower()}"
    look = watch(INGEST_BUCKET=bucket, INGEST_HTTPS_PROXY=f"http://user:{ACCESS_KEY_SECRET}@127.0.0.1:1", seconds=12)
    assert look["WatchFailed"] == 1
    assert ACCESS_KEY_SECRET not in look.output


def test_the_key_may_be_in_a_secret(watch: Watch, cloud: AwsCloud) -> None:
    secret = json.dumps({"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET})
    cloud.aws.client("secretsmanager").create_secret(Name="key", SecretString=secret)
    environ = {"INGEST_CREDENTIALS_SECRET": "key", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "another"}
    assert watch(**environ)["WatchFailed"] == 0


def test_the_line_is_the_answer_of_the_invocation(watch: Watch) -> None:
    watch.start()
    answer = watch.module.handler({}, Context(60))
    assert answer["announcing"] is True
    assert answer["findings"] == []
