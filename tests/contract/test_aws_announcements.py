"""What S3, EventBridge and SQS answer about the way of a bucket's events, and the codes of their errors."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore.session
import pytest

from imagesearch_ingest.adapters.aws import codes
from imagesearch_ingest.adapters.aws.announcements import AwsAnnouncements
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support.wire import RESET, Answer, Wire, json_error, page, s3_error, sqs_error

ARN = "arn:aws:sqs:us-east-1:1:q"
CALLS: Mapping[str, Callable[[AwsAnnouncements], Any]] = {
    "notifications": AwsAnnouncements.notifications,
    "rule": AwsAnnouncements.rule,
    "targets": AwsAnnouncements.targets,
    "queue": AwsAnnouncements.queue_policy,
}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def announcements(wire: Wire) -> Iterator[AwsAnnouncements]:
    environ = {
        "AWS_ENDPOINT_URL": wire.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        s3, events, sqs = (aws_client(service, environ) for service in ("s3", "events", "sqs"))
        yield AwsAnnouncements(s3, events, sqs, bucket="shop", rule="uploads", queue_url=f"{wire.url}/1/q")


def document(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def configuration(content: str, **headers: str) -> Answer:
    body = f"<NotificationConfiguration>{content}</NotificationConfiguration>"
    return Answer(200, body.encode(), {"Content-Type": "application/xml", "x-amz-request-id": "r", **headers})


def fault(call: Any) -> IngestError:
    with pytest.raises(IngestError) as error:
        call()
    return error.value


def test_what_is_there_is_read(wire: Wire, announcements: AwsAnnouncements) -> None:
    wire.script(configuration("<EventBridgeConfiguration/>"))
    assert announcements.notifications() == {"EventBridgeConfiguration": {}}
    wire.script(configuration(""))
    assert announcements.notifications() == {}
    wire.script(document({"Name": "uploads", "State": "ENABLED"}))
    assert announcements.rule()["State"] == "ENABLED"
    wire.script(document({"Targets": [{"Id": "queue", "Arn": ARN}]}))
    assert announcements.targets() == [{"Id": "queue", "Arn": ARN}]
    wire.script(document({"Targets": []}))
    assert announcements.targets() == []
    wire.script(document({"Attributes": {"QueueArn": ARN, "Policy": '{"Statement": []}'}}))
    assert announcements.queue_policy() == {"Statement": []}
    wire.script(document({"Attributes": {"QueueArn": ARN}}))
    assert announcements.queue_policy() == {}


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("notifications", s3_error("NoSuchBucket", 404)),
        ("rule", json_error("ResourceNotFoundException")),
        ("targets", json_error("ResourceNotFoundException")),
        ("queue", json_error("QueueDoesNotExist")),
        ("queue", sqs_error("AWS.SimpleQueueService.NonExistentQueue")),
    ],
)
def test_what_is_gone_is_none(wire: Wire, announcements: AwsAnnouncements, call: str, answer: Answer) -> None:
    wire.script(answer)
    assert CALLS[call](announcements) is None


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("notifications", s3_error("AccessDenied", 403)),
        ("rule", json_error("AccessDeniedException")),
        ("targets", json_error("AccessDeniedException")),
        ("queue", json_error("AccessDenied")),
        *((call, page(403)) for call in ("rule", "targets", "queue")),
    ],
)
def test_a_refusal_is_about_permissions(wire: Wire, announcements: AwsAnnouncements, call: str, answer: Answer) -> None:
    wire.script(answer)
    assert fault(lambda: CALLS[call](announcements)).reason is Reason.CREDENTIALS


@pytest.mark.parametrize("call", CALLS)
def test_a_page_of_a_proxy_says_nothing(wire: Wire, announcements: AwsAnnouncements, call: str) -> None:
    """Botocore reads nothing from it, which must not look like a bucket that announces nothing."""
    wire.script(page(200))
    assert fault(lambda: CALLS[call](announcements)).reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("call", CALLS)
def test_a_broken_connection_says_nothing(wire: Wire, announcements: AwsAnnouncements, call: str) -> None:
    wire.script(RESET)
    assert fault(lambda: CALLS[call](announcements)).reason is Reason.NETWORK


def test_each_error_of_botocores_model_has_a_row() -> None:
    model = botocore.session.get_session().get_service_model("events")
    operations = map(model.operation_model, ("DescribeRule", "ListTargetsByRule"))
    assert {shape.name for one in operations for shape in one.error_shapes} <= codes.EVENTS.keys()


def test_the_table_holds_the_expected_rows_alone() -> None:
    own = {code: row.reason for code, row in codes.EVENTS.items() if code not in codes.COMMON}
    assert own == {
        "AccessDenied": Reason.CREDENTIALS,
        "AccessDeniedException": Reason.CREDENTIALS,
        "InternalException": Reason.SERVICE_UNAVAILABLE,
        "ResourceNotFoundException": Reason.SETTINGS_REFUSED,
    }
