"""Every wire of the deployed Lambda handler: each test fails if ``bootstrap/`` leaves one out."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import Settings
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.image_search import operations
from tests.support.emf import read_all
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created, created_beside
from tests.support.pictures import jpeg

KEY, BAD = "shoes/2092061/front.jpg", "shoes/2092061/bad.jpg"
FOR_EVER = {"leg": "add", "kind": "error", "times": None}
UPLOAD_HOSTS = {
    "public": "oss-cn-shanghai.aliyuncs.com",
    "internal": "oss-cn-shanghai-internal.aliyuncs.com",
}
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        cloud.upload(KEY, jpeg())
        cloud.upload(BAD, b"no picture")
        yield cloud


@pytest.fixture
def function(cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(cloud, monkeypatch, capsys)
    yield function
    function.stop()


@dataclass(frozen=True)
class OneMessage:
    """A queue with one message that has been received."""

    sqs: Any
    url: str
    receipt: str

    def in_flight(self) -> int:
        """Return 1 while the message is invisible, and 0 once it is deleted or visible again."""
        name = "ApproximateNumberOfMessagesNotVisible"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])


@pytest.fixture
def one_message(cloud: AwsCloud, unique_name: str) -> OneMessage:
    url = cloud.sqs.create_queue(QueueName=unique_name)["QueueUrl"]
    cloud.sqs.send_message(QueueUrl=url, MessageBody="{}")
    (message,) = cloud.sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"]
    return OneMessage(cloud.sqs, url, message["ReceiptHandle"])


# The queue that events come from.


def test_settled_message_is_deleted_at_once(function: LambdaFunction, one_message: OneMessage) -> None:
    """The platform deletes it only when the whole batch has ended."""
    function.start(INGEST_QUEUE_URL=one_message.url)
    assert function(created(KEY, receipt=one_message.receipt)) == []
    assert one_message.in_flight() == 0


def test_without_a_queue_the_platform_deletes_the_message(function: LambdaFunction, one_message: OneMessage) -> None:
    function.start(INGEST_QUEUE_URL=None)
    assert function(created(KEY, receipt=one_message.receipt)) == []
    assert one_message.in_flight() == 1


def test_failed_message_is_deferred(function: LambdaFunction, cloud: AwsCloud, one_message: OneMessage) -> None:
    """The message stays invisible after its visibility timeout of one second."""
    cloud.image_search.faults.add(FOR_EVER | {"code": "InstanceStatusError", "status": 409})
    function.start(INGEST_QUEUE_URL=one_message.url)
    assert function(created(KEY, receipt=one_message.receipt)) == ["M1"]
    time.sleep(1.1)
    assert one_message.in_flight() == 1


def test_wrong_settings_defer_the_message(function: LambdaFunction, one_message: OneMessage) -> None:
    function.start(INGEST_QUEUE_URL=one_message.url, INGEST_MAX_CONCURRENCY="none")
    with pytest.raises(SettingsError, match="INGEST_MAX_CONCURRENCY"):
        function(created(KEY, receipt=one_message.receipt))
    time.sleep(1.1)
    assert one_message.in_flight() == 1


@pytest.mark.parametrize("missing", ["INGEST_QUEUE_URL", "AWS_REGION"])
def test_wrong_settings_are_raised_without_a_queue(function: LambdaFunction, missing: str) -> None:
    function.start(INGEST_MAX_CONCURRENCY="none", AWS_DEFAULT_REGION=None, **{missing: None})
    with pytest.raises(SettingsError, match="INGEST_MAX_CONCURRENCY"):
        function(created(KEY))


def test_region_is_needed(function: LambdaFunction) -> None:
    function.start(AWS_REGION=None, AWS_DEFAULT_REGION=None)
    with pytest.raises(SettingsError, match="AWS_REGION is not set"):
        function(created(KEY))


# Dead letters.


def test_letter_goes_to_the_named_queue(function: LambdaFunction, cloud: AwsCloud) -> None:
    other = cloud.sqs.create_queue(QueueName="other-dead-letters")["QueueUrl"]
    function.start(INGEST_DEAD_LETTER_QUEUE_URL=other)
    assert function(created(BAD)) == []
    assert function.letters() == []
    (message,) = cloud.sqs.receive_message(QueueUrl=other)["Messages"]
    assert json.loads(message["Body"])["code"] == "not_an_image"


def test_letter_names_its_deployment(function: LambdaFunction, cloud: AwsCloud) -> None:
    function.start(AWS_LAMBDA_FUNCTION_NAME="shop-ingest", AWS_LAMBDA_FUNCTION_VERSION="42")
    function(created(BAD))
    (letter,) = function.letters()
    assert letter["function"] == {"name": "shop-ingest", "version": "42", "request_id": "request-1"}
    assert letter["target"]["instance"] == "demo"
    assert letter["target"]["region"] == "ap-southeast-1"
    assert letter["pipeline_fingerprint"] == Settings.from_env(cloud.environ()).fingerprint()


def test_letter_without_a_deployment_is_local(function: LambdaFunction) -> None:
    function.start(AWS_LAMBDA_FUNCTION_NAME=None, AWS_LAMBDA_FUNCTION_VERSION=None)
    function(created(BAD))
    (letter,) = function.letters()
    assert (letter["function"]["name"], letter["function"]["version"]) == ("local", "local")


def test_fault_of_the_event_alone_has_a_letter_beside_an_added_object(function: LambdaFunction) -> None:
    assert function(created_beside(KEY, {"eventVersion": "2.6", "eventName": "ObjectCreated:Put"})) == []
    assert sorted(line["outcome"] for line in function.lines) == ["added", "rejected"]
    assert [letter["code"] for letter in function.letters()] == ["event_malformed"]


def test_secrets_are_redacted_everywhere(function: LambdaFunction, cloud: AwsCloud) -> None:
    key = f"keys/{ACCESS_KEY_SECRET}.jpg"
    cloud.upload(key, b"no picture")
    function(created(key))
    assert ACCESS_KEY_SECRET not in json.dumps(function.lines + function.letters())
    assert len(function.lines) == len(function.letters()) == 1


# Image Search.


@pytest.mark.parametrize("body", [{"Code": 0, "Message": "success"}, {"Code": 0, "Success": None}])
def test_answer_without_success_is_no_success(function: LambdaFunction, monkeypatch, body: dict[str, object]) -> None:
    monkeypatch.setattr(operations, "add_image", lambda *_: body)
    assert function(created(KEY)) == ["M1"]
    assert function.outcome == "failed: service_code_unknown"


@pytest.mark.parametrize("kind", UPLOAD_HOSTS)
def test_upload_goes_to_the_chosen_endpoint(function: LambdaFunction, kind: str) -> None:
    function.start(INGEST_UPLOAD_ENDPOINT_TYPE=kind)
    assert function(created(KEY)) == []
    assert any(host.endswith(UPLOAD_HOSTS[kind]) for host in function.hosts())


def test_upload_is_public_unless_chosen(function: LambdaFunction) -> None:
    assert function(created(KEY)) == []
    assert any(host.endswith(UPLOAD_HOSTS["public"]) for host in function.hosts())


@pytest.mark.parametrize("missing", ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
def test_access_key_of_the_environment_is_used(function: LambdaFunction, missing: str) -> None:
    function.start(**{missing: "another"})
    assert function(created(KEY)) == ["M1"]
    assert function.outcome == "failed: credentials"
    assert function(created(KEY)) == ["M1"]


def test_key_in_the_secret_wins(function: LambdaFunction, cloud: AwsCloud) -> None:
    secret = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET}
    cloud.aws.client("secretsmanager").create_secret(Name="wired", SecretString=json.dumps(secret))
    function.start(INGEST_CREDENTIALS_SECRET="wired", ALIBABA_CLOUD_ACCESS_KEY_SECRET="another")
    assert function(created(KEY)) == []


# Isolation, capacity, telemetry.


@pytest.mark.parametrize("receives", [1, 4])
def test_every_picture_is_isolated(function: LambdaFunction, isolated: list[float], receives: int) -> None:
    assert function(created(KEY, receives=receives)) == []
    assert len(isolated) == 1


def test_worker_has_its_documented_capacity(function: LambdaFunction) -> None:
    """No request of a test can show these: they bound what a full worker does."""
    function(created(KEY))
    batch = function.module.worker().batch
    assert (batch.concurrency.max, batch.concurrency.max_bytes) == (96, 268_435_456)
    assert batch.concurrency.per_second == 500  # of 1000, between two workers
    assert batch.executor._max_workers == 104  # noqa: SLF001 - a thread for each object, and eight to settle
    assert batch.settler.retention == timedelta(days=14)
    reconciler = batch.reconciler
    clients = [reconciler.reader.store._client, batch.settler.queue._client]  # noqa: SLF001
    assert [client.meta.config.max_pool_connections for client in clients] == [104, 104]
    assert reconciler.writer.index._runtime.max_idle_conns == 104  # noqa: SLF001


def test_telemetry_has_the_names_of_the_environment(function: LambdaFunction) -> None:
    function(created(KEY))
    assert function.line["service"] == "imagesearch-ingest"
    assert names_of(function) == {("ImageSearchIngest", "imagesearch-ingest", "local")}
    function.metrics.clear()
    function.start(
        POWERTOOLS_SERVICE_NAME="shop", POWERTOOLS_METRICS_NAMESPACE="Shop", INGEST_STACK_NAME="shop-images-2"
    )
    function(created(KEY))
    assert function.line["service"] == "shop"
    assert names_of(function) == {("Shop", "shop", "shop-images-2")}


def names_of(function: LambdaFunction) -> set[tuple[str, str, str]]:
    """Return namespace, service and stack of all metrics."""
    series = read_all(function.metrics)
    return {(one.namespace, *(dict(one.dimensions)[name] for name in ("service", "stack"))) for one in series}
