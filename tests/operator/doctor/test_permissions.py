"""Without a permission a check is unknown, names the permission, and is never called broken."""

import json
import time
from types import SimpleNamespace

import pytest
import requests

from imagesearch_ops.doctor.checks.listing import checks_of


@pytest.fixture
def caller(cloud):
    """Return a function that makes a caller with some permissions, and makes moto check them."""

    def make(*actions: str) -> dict[str, str]:
        iam = cloud.aws.client("iam")
        iam.create_user(UserName="operator")
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName="operator", PolicyName="may", PolicyDocument=policy)
        key = iam.create_access_key(UserName="operator")["AccessKey"]
        requests.post(f"{cloud.aws.url}/moto-api/reset-auth", data=b"0", timeout=10)
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    yield make
    requests.post(f"{cloud.aws.url}/moto-api/reset-auth", data=b"inf", timeout=10)


def test_a_caller_without_any_permission_breaks_nothing(cloud, diagnose, caller) -> None:
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"} | caller())
    assert (found.code, found.broken) == (0, set())
    for check, action in {
        "queue.exists": "sqs:GetQueueAttributes",
        "letters.exists": "sqs:GetQueueAttributes",
        "bucket.announces": "s3:GetBucketNotification",
        "bucket.versioning": "s3:GetBucketVersioning",
        "bucket.encryption": "s3:GetEncryptionConfiguration",
        "bucket.keys": "s3:ListBucket",
    }.items():
        assert found[check]["ok"] is None
        assert action in found[check]["detail"], check
        assert action in found[check]["fix"], check
    assert found["instance.exists"]["ok"] is True


def test_what_is_permitted_is_looked_at(cloud, diagnose, caller) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "10"})
    found = diagnose(
        cloud.environ() | {"INGEST_BUCKET": "pictures"} | caller("sqs:*", "s3:ListBucket", "s3:HeadBucket")
    )
    assert found.broken == {"queue.visibility"}
    assert found["bucket.exists"]["ok"] is True
    assert found["bucket.announces"]["ok"] is None


def test_a_stack_that_may_not_be_seen_is_unknown(cloud, diagnose, caller) -> None:
    made = cloud._describe_stack()  # noqa: SLF001 - before moto checks permissions
    cloud.aws.stacks.add("local", lambda: made)
    found = diagnose(
        {name: value for name, value in cloud.environ().items() if not name.startswith("INGEST_")} | caller("sqs:*"),
        stack="local",
    )
    assert (found.code, found.broken) == (0, set())
    assert "lambda:GetFunctionConfiguration" in found["settings.valid"]["detail"]
    assert found["queue.redrive"]["ok"] is True
    assert found["function.state"]["ok"] is None


def test_a_secret_that_may_not_be_read_is_unknown(cloud, diagnose, caller) -> None:
    cloud.aws.client("secretsmanager").create_secret(Name="alibaba", SecretString="{}")
    found = diagnose(cloud.environ() | {"INGEST_CREDENTIALS_SECRET": "alibaba"} | caller("sqs:*", "s3:*"))
    assert found["key.secret"]["ok"] is None
    assert "secretsmanager:GetSecretValue" in found["key.secret"]["detail"]
    assert found["instance.exists"]["ok"] is True  # with the key of the shell
    assert found["key.valid"]["ok"] is None


def test_a_canary_that_may_not_be_written_is_unknown(cloud, diagnose, caller) -> None:
    may = caller("sqs:*", "s3:ListBucket", "s3:GetObject", "s3:GetBucket*")
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"} | may, write=True)
    assert (found.code, found.broken) == (0, set())
    assert "s3:PutObject" in found["canary.picture"]["detail"]


def test_a_key_of_aws_that_is_not_known_is_one_fault(cloud, diagnose, caller) -> None:
    caller()
    found = diagnose(cloud.environ() | {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"})
    assert found.broken == {"identity.aws"}
    assert found["queue.exists"]["detail"] == "unknown: needs identity.aws"
    assert "aws configure" in found["identity.aws"]["fix"]


def test_a_secret_is_not_blamed_for_a_key_of_aws_that_is_not_known(cloud, diagnose, caller) -> None:
    caller()
    found = diagnose(cloud.environ() | {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "INGEST_CREDENTIALS_SECRET": "alibaba"})
    assert found.broken == {"identity.aws"}
    assert found["key.secret"]["detail"] == "unknown: needs identity.aws"


@pytest.mark.parametrize(("seconds", "broken"), [(1200, "clock.skew"), (0, "identity.aws")])
def test_a_signature_that_a_wrong_clock_may_have_spoiled(  # noqa: PLR0917 - fixtures
    cloud, diagnose, caller, monkeypatch, seconds: int, broken: str
) -> None:
    key = caller("sqs:*") | {"AWS_SECRET_ACCESS_KEY": "another"}
    monkeypatch.setattr("imagesearch_ops.doctor.clock.time", SimpleNamespace(time=lambda: time.time() + seconds))
    found = diagnose(cloud.environ() | key)
    assert found.broken == {broken}
    assert found["queue.exists"]["ok"] is None


@pytest.mark.parametrize("cloud_name", ["aws", "alibaba"])
def test_each_check_that_asks_a_service_names_its_permission(cloud_name: str) -> None:
    checks = checks_of(cloud_name, is_named=True, write=True, is_keyless=True)
    asking = [check for check in checks if check.group not in {"network", "clock"}]
    silent = {check.name for check in asking if not check.action}
    assert silent <= {"deployment.region", "keyless.setup"}
