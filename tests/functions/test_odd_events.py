"""Both handlers settle odd events: one bad record is its own rejection, and its neighbours are not affected."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from imagesearch_ingest.model.errors import NotDoneError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.support.aws_events import (
    bridged,
    s3_notification,
    s3_record,
    sns_event,
    sns_notification,
    sqs_batch,
    sqs_message,
)
from tests.support.fc_outages import FOR_EVER
from tests.support.function_compute import Function, empty, outcome_lines
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

KEYS = ["odd/1.jpg", "odd/2.jpg"]
DEEP = "[" * 100_000 + "]" * 100_000


def upload_event(key: str) -> dict[str, Any]:
    return s3_notification(s3_record(key, bucket="pictures"))


def with_neighbours(odd: Any) -> dict[str, Any]:
    """Return a batch with an odd message between those of two uploads."""
    first, second = (sqs_message(upload_event(key), key) for key in KEYS)
    return sqs_batch(first, odd, second)


# On AWS.


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        for key in KEYS:
            cloud.upload(key, jpeg())
        yield cloud


@pytest.fixture
def on_lambda(aws_cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(aws_cloud, monkeypatch, capsys)
    yield function
    function.stop()


GOOD = upload_event("odd/1.jpg")
REJECTED = {
    "attributes missing": sqs_message(GOOD, "odd", attributes=...),
    "attributes null": sqs_message(GOOD, "odd", attributes=None),
    "receives are no number": sqs_message(GOOD, "odd", attributes={"ApproximateReceiveCount": "many"}),
    "body null": sqs_message(GOOD, "odd", body=None),
    "body is a number": sqs_message(GOOD, "odd", body=5),
    "body missing": sqs_message(GOOD, "odd", body=...),
    "messageId missing": sqs_message(GOOD, "odd", messageId=...),
    "receiptHandle missing": sqs_message(GOOD, "odd", receiptHandle=...),
    "no message at all": None,
    "deep body": sqs_message(DEEP, "odd"),
    "deep message of SNS": sqs_message(f'{{"Type": "Notification", "Message": "{DEEP}"}}', "odd"),
    "too many records": sqs_message(s3_notification(*[{}] * 14_000), "odd"),
    "half an announcement": sqs_message({"imagesearch_ingest": {"look_at": {"key": "a.jpg"}}}, "odd"),
    "half a letter": sqs_message({"schema_version": 1, "record_id": 5, "source": None}, "odd"),
}


@pytest.mark.parametrize("odd", REJECTED.values(), ids=REJECTED)
def test_lambda_rejects_one_message_alone(on_lambda: LambdaFunction, odd: Any) -> None:
    begun = time.monotonic()
    assert on_lambda(with_neighbours(odd)) == []
    assert time.monotonic() - begun < 10
    assert sorted(entry.pic_name for entry in on_lambda.cloud.image_search.entries()) == KEYS
    assert [letter["code"] for letter in on_lambda.letters()] == ["event_malformed"]
    assert sorted(line["outcome"] for line in on_lambda.lines) == ["added", "added", "rejected"]


def test_a_rejected_message_can_be_put_back(on_lambda: LambdaFunction) -> None:
    on_lambda(sqs_batch(REJECTED["attributes missing"]))
    on_lambda(sqs_batch(sqs_message(json.dumps(on_lambda.letters()[-1]))))
    assert (on_lambda.outcome, on_lambda.entry.pic_name) == ("added", "odd/1.jpg")


def test_a_message_without_an_id_is_not_lost(on_lambda: LambdaFunction) -> None:
    on_lambda.start(INGEST_DEAD_LETTER_QUEUE_URL=on_lambda.cloud.queue + "-that-does-not-exist")
    with pytest.raises(NotDoneError):
        on_lambda(with_neighbours(REJECTED["messageId missing"]))


SKIPPED = {
    "CloudTrail": bridged(name="AWS API Call via CloudTrail", detail={"eventName": "PutObject"}),
    "another service": {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}},
    "a subscription": sns_notification("You have chosen to subscribe", "SubscriptionConfirmation"),
    "no subscription": sns_notification("You have chosen to deactivate", "UnsubscribeConfirmation"),
}


@pytest.mark.parametrize("content", SKIPPED.values(), ids=SKIPPED)
def test_lambda_skips_what_changes_no_picture(on_lambda: LambdaFunction, content: Any) -> None:
    assert on_lambda(with_neighbours(sqs_message(content, "odd"))) == []
    assert sorted(line.get("reason", "") for line in on_lambda.lines) == ["", "", "other_event"]
    assert not on_lambda.letters()


def test_lambda_reads_messages_of_sns_and_pipes(on_lambda: LambdaFunction) -> None:
    assert on_lambda(sns_event(*map(upload_event, KEYS))) == []
    assert [line["outcome"] for line in on_lambda.lines] == ["added", "added"]
    assert on_lambda(with_neighbours(sqs_message(GOOD))["Records"]) == []
    assert sorted(entry.pic_name for entry in on_lambda.cloud.image_search.entries()) == KEYS


def test_unsettled_messages_of_sns_and_pipes_come_back(on_lambda: LambdaFunction) -> None:
    on_lambda.cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    with pytest.raises(NotDoneError):
        on_lambda(sns_event(GOOD))
    assert on_lambda([sqs_message(GOOD, "m7")]) == ["m7"]


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"invocationSchemaVersion": "1.0", "invocationId": "x", "job": {}, "tasks": [{}]}, "S3 Batch Operations"),
        ({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}, "scheduled event"),
        ({"Records": [sqs_message(GOOD), s3_record()]}, "mixes records"),
        ([], "unknown trigger"),
        (json.loads("[" * 900 + "]" * 900), "unknown trigger"),
        (None, "unknown trigger"),
    ],
    ids=["Batch Operations", "schedule", "mixed", "empty list", "deep list", "null"],
)
def test_lambda_refuses_other_triggers_in_one_sentence(on_lambda: LambdaFunction, event: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        on_lambda(event)
    assert "\n" not in str(refused.value)


# On Alibaba Cloud.

MALFORMED = {
    "too many records": as_text(notification(*[{}] * 14_000)),
    "deep": DEEP,
    "deep inside": f'{{"events": {DEEP}}}',
    "deep in a letter": as_text(
        {"schema_version": 1, "record_id": "x", "code": "y", "source": None, "original_event": DEEP}
    ),
    "half an announcement": as_text({"imagesearch_ingest": {"look_at": {"key": "a.jpg"}}}),
    "retry of half a letter": as_text(
        {
            "imagesearch_ingest": {
                "receives": 2,
                "first_received_at": None,
                "message": as_text({"schema_version": 1, "record_id": 5, "source": None}),
            }
        }
    ),
    "null": None,
    "number": 5,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_function_compute_rejects_one_message_alone(function: Function, cloud: AlibabaCloud, capsys, body: Any) -> None:
    for key in KEYS:
        cloud.upload(key, jpeg())
    empty(cloud)
    first, second = (message(as_text(notification(element(key)))) for key in KEYS)
    begun = time.monotonic()
    function([first, message(body), second])
    assert time.monotonic() - begun < 10
    assert sorted(function.pic_names()) == KEYS
    assert [letter["code"] for letter in function.letters()] == ["event_malformed"]
    assert sorted(line["outcome"] for line in outcome_lines(capsys)) == ["added", "added", "rejected"]
    assert not function.waiting()


def test_function_compute_skips_events_of_other_services(function: Function, capsys) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "acs.ecs", "type": "ecs:Instance:StateChange", "data": {}}
    function([message(as_text(event)), event])
    assert [line["reason"] for line in outcome_lines(capsys)] == ["other_event"] * 2
    assert not function.letters()
