"""What docs/local-cloud.md says that moto does not check. If moto begins to, the page has to change."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.aws import AwsServer

SHA256 = "A" * 43 + "="
DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def client(aws: AwsServer) -> Callable[..., Any]:
    """Return a function that makes a client with keys that nobody issued."""

    def make(service: str = "s3", region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.url,
            region_name=region,
            aws_access_key_id="unknown",
            aws_secret_access_key="wrong",
            aws_session_token="nonsense",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
        )

    return make


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client()


@pytest.fixture
def bucket(s3: Any, unique_name: str) -> str:
    s3.create_bucket(Bucket=unique_name)
    s3.put_object(Bucket=unique_name, Key="k", Body=b"content")
    return unique_name


@pytest.fixture
def queue(client: Callable[..., Any], unique_name: str) -> str:
    url: str = client("sqs").create_queue(QueueName=unique_name)["QueueUrl"]
    return url


def test_any_key_and_token_is_taken(client: Callable[..., Any], s3: Any, bucket: str, queue: str) -> None:
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"
    assert client("sqs").send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    secrets = client("secretsmanager")
    secrets.create_secret(Name=bucket, SecretString="text")
    assert secrets.get_secret_value(SecretId=bucket)["SecretString"] == "text"


def test_some_unsigned_requests_are_answered(aws: AwsServer, bucket: str) -> None:
    url = f"{aws.url}/{bucket}"
    unsigned = [
        requests.put(f"{url}/new", data=b"x", timeout=5),
        requests.get(url, timeout=5),
        requests.get(f"{url}/k", timeout=5),
        requests.delete(f"{url}/k", timeout=5),
    ]
    assert [answer.status_code for answer in unsigned] == [200, 200, 403, 403]


def test_times_are_not_compared(s3: Any, bucket: str) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=-60)
    assert requests.get(url, timeout=5).content == b"content"

    def backdate(request: Any, **_: object) -> None:
        request.headers["X-Amz-Date"] = "20200101T000000Z"

    s3.meta.events.register("before-send.s3.*", backdate)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"


def test_regions_are_not_compared(client: Callable[..., Any], bucket: str) -> None:
    elsewhere = client(region="eu-west-1")
    assert elsewhere.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"
    place = {"LocationConstraint": "eu-west-1"}
    elsewhere.create_bucket(Bucket=f"{bucket}-eu", CreateBucketConfiguration=place)
    assert client().list_objects_v2(Bucket=f"{bucket}-eu")["KeyCount"] == 0


def test_a_buckets_policy_is_only_obeyed_for_objects(s3: Any, bucket: str) -> None:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = DENY_ALL | {"Statement": [DENY_ALL["Statement"][0] | {"Action": "s3:*", "Resource": resources}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    with pytest.raises(ClientError, match="403"):
        s3.get_object(Bucket=bucket, Key="k")


def test_a_queues_policy_is_not_obeyed(client: Callable[..., Any], queue: str) -> None:
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(DENY_ALL)})
    assert client("sqs").send_message(QueueUrl=queue, MessageBody="x")["MessageId"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ContentMD5": "A" * 22 + "=="},
        {"ChecksumSHA256": SHA256},
        {"SSEKMSKeyId": "no-such-key", "ServerSideEncryption": "aws:kms"},
        {"Key": "k" * 1025},
        {"Metadata": {"a": "x" * 3000}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_put_is_taken(s3: Any, bucket: str, wrong: dict[str, Any]) -> None:
    assert s3.put_object(**{"Bucket": bucket, "Key": "new", "Body": b"x"} | wrong)["ETag"]


def test_unknown_headers_and_subresources_are_ignored(aws: AwsServer, s3: Any, bucket: str) -> None:
    headers = {"x-amz-nonsense": "1", "x-amz-content-sha256": "0" * 64}
    assert requests.put(f"{aws.url}/{bucket}/new?nonsense", data=b"x", headers=headers, timeout=5).status_code == 200
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"x"


def test_a_customers_key_is_not_needed_to_read(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="c", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey=b"0" * 32)
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"x"


def test_notifications_to_a_missing_queue_are_taken(s3: Any, bucket: str) -> None:
    missing = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:missing", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [missing]}
    )
    found = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert [one["QueueArn"] for one in found] == [missing["QueueArn"]]


def test_a_message_may_hold_any_character(client: Callable[..., Any], queue: str) -> None:
    client("sqs").send_message(QueueUrl=queue, MessageBody="a\x00b")
    (message,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "a\x00b"
