"""Events of other triggers are refused or skipped with a sentence that says what to use instead."""

import json
from typing import Any

import pytest

from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.model.reasons import Reason
from tests.support.aws_events import (
    bridged,
    s3_notification,
    s3_record,
    sns_event,
    sns_notification,
    sqs_batch,
    sqs_message,
)

BATCH_OPERATIONS_1 = {
    "invocationSchemaVersion": "1.0",
    "invocationId": "x",
    "job": {"id": "f3cc4f60"},
    "tasks": [{"taskId": "t", "s3Key": "a.jpg", "s3VersionId": "1", "s3BucketArn": "arn:aws:s3:::shop"}],
}
BATCH_OPERATIONS_2 = {
    "invocationSchemaVersion": "2.0",
    "invocationId": "x",
    "job": {"id": "f3cc4f60", "userArguments": {"a": "b"}},
    "tasks": [{"taskId": "t", "s3Key": "a.jpg", "s3VersionId": None, "s3Bucket": "shop"}],
}
REFUSED = {
    "S3 Batch Operations 1.0": (BATCH_OPERATIONS_1, "S3 Batch Operations.*dlq replay"),
    "S3 Batch Operations 2.0": (BATCH_OPERATIONS_2, "S3 Batch Operations.*Announce the keys to the queue"),
    "S3 Object Lambda": ({"xAmzRequestId": "r", "getObjectContext": {"inputS3Url": "u"}}, "S3 Object Lambda"),
    "S3 Object Lambda, HEAD": ({"xAmzRequestId": "r", "headObjectContext": {"inputS3Url": "u"}}, "S3 Object Lambda"),
    "REST API": ({"resource": "/", "httpMethod": "GET", "requestContext": {"apiId": "a"}}, "API Gateway"),
    "function URL": ({"version": "2.0", "rawPath": "/", "requestContext": {"http": {}}}, "function URL"),
    "schedule": ({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}, "a scheduled event"),
    "scheduler": ({"source": "aws.scheduler", "detail-type": "Scheduled Event"}, "a scheduled event"),
    "Kinesis": ({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}]}, "Kinesis"),
    "Kinesis by Pipes": ([{"eventSource": "aws:kinesis", "data": "e30="}], "Kinesis"),
    "DynamoDB": ({"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]}, "DynamoDB"),
    "DynamoDB by Pipes": ([{"eventSource": "aws:dynamodb", "dynamodb": {}}], "DynamoDB"),
    "SES": ({"Records": [{"eventSource": "aws:ses", "ses": {}}]}, "SES"),
    "Kafka": ({"eventSource": "aws:kafka", "records": {"t-0": []}}, "Kafka"),
    "Amazon MQ": ({"eventSource": "aws:mq", "messages": []}, "Amazon MQ"),
    "Firehose": ({"invocationId": "i", "deliveryStreamArn": "a", "records": []}, "Firehose"),
    "CloudWatch Logs": ({"awslogs": {"data": "H4sI"}}, "CloudWatch Logs"),
    "map of a listing": ({"Etag": "e", "Key": "a.jpg", "LastModified": 1, "Size": 5}, "Step Functions.*Announce"),
    "batch of a map": ({"BatchInput": {}, "Items": [{"Key": "a.jpg"}]}, "Step Functions"),
    "context object": ({"Execution": {"Id": "e"}, "State": {}, "StateMachine": {"Id": "s"}}, "Step Functions"),
}


@pytest.mark.parametrize(("event", "sentence"), REFUSED.values(), ids=REFUSED)
def test_another_trigger_is_named(event: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        parse_lambda_event(event)
    assert "instead" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "records",
    [
        [sqs_message({}), s3_record()],
        [s3_record(), sns_event("x")["Records"][0]],
        [sqs_message({}), {"eventSource": "\x1b[31m" + "x" * 1000}],
    ],
)
def test_records_of_several_sources_are_refused(records: list[Any]) -> None:
    for event in ({"Records": records}, {"Records": records[::-1]}):
        with pytest.raises(ValueError, match="mixes records of several sources: '") as refused:
            parse_lambda_event(event)
        assert str(refused.value).isprintable()
        assert len(str(refused.value)) < 250


def test_a_bare_list_of_other_records_is_refused() -> None:
    for event in ([s3_record()], [bridged()], sns_event("x")["Records"], ["x"], [None]):
        with pytest.raises(ValueError, match="unknown trigger"):
            parse_lambda_event(event)


def skipped(content: Any, reason: Reason = Reason.OTHER_EVENT) -> str:
    (record,) = parse_lambda_event(sqs_batch(sqs_message(content)))
    assert not record.changes
    (note,) = record.notes
    assert note.reason is reason
    return note.detail


CLOUDTRAIL = {
    "eventVersion": "1.08",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "requestParameters": {"bucketName": "shop", "key": "a.jpg"},
}


@pytest.mark.parametrize(
    "name", ["AWS API Call via CloudTrail", "AWS Console Action via CloudTrail", "AWS Service Event via CloudTrail"]
)
def test_events_of_cloudtrail_are_skipped(name: str) -> None:
    event = bridged(name=name, detail=CLOUDTRAIL)
    assert "CloudTrail, which reports API calls. Turn on EventBridge for the bucket" in skipped(event)
    (record,) = parse_lambda_event(event)
    assert [note.reason for note in record.notes] == [Reason.OTHER_EVENT]


def test_events_of_other_services_are_skipped() -> None:
    event = {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}}
    assert "from aws.ec2. Turn on EventBridge for the bucket" in skipped(event)
    assert len(skipped(event | {"source": "aws." + "x" * 5000})) < 300


def test_a_new_kind_of_event_of_s3_is_skipped() -> None:
    assert skipped(bridged(name="Object Inspected")) == "Object Inspected does not change a picture"
    assert skipped(bridged(name="Bucket Inspected", detail={})) == "Bucket Inspected does not change a picture"


def test_another_trigger_in_a_message_is_named() -> None:
    assert "S3 Batch Operations" in skipped(BATCH_OPERATIONS_2, Reason.EVENT_MALFORMED)


def test_events_of_programs_are_rejected() -> None:
    skipped({"source": "shop.checkout", "detail-type": "Object Created", "detail": {}}, Reason.EVENT_MALFORMED)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("SubscriptionConfirmation", "SNS asks to confirm a subscription of this queue"),
        ("UnsubscribeConfirmation", "SNS has ended a subscription of this queue"),
    ],
)
def test_messages_about_a_subscription_are_skipped(kind: str, sentence: str) -> None:
    about = sns_notification("You have chosen to subscribe", kind) | {
        "Token": "2336412f37",
        "SubscribeURL": "https://x",
    }
    detail = skipped(about)
    assert sentence in detail
    assert "2336412f37" not in detail


def test_each_message_of_sns_is_a_record() -> None:
    first, second = parse_lambda_event(
        sns_event(s3_notification(s3_record("a.jpg")), s3_notification(s3_record("b.jpg")))
    )
    assert [record.changes[0].ref.key for record in (first, second)] == ["a.jpg", "b.jpg"]
    assert (first.message_id, first.receipt, first.receive_count) == ("95df01b4", None, 1)
    (again,) = parse_lambda_event(sqs_batch(sqs_message(first.body)))
    assert again.changes == first.changes, "the original event can be put into the queue"


@pytest.mark.parametrize("odd", [None, {}, {"EventSource": "aws:sns"}, {"EventSource": "aws:sns", "Sns": "x"}])
def test_an_odd_message_of_sns_does_not_affect_others(odd: Any) -> None:
    good = sns_event(s3_notification(s3_record()))["Records"][0]
    record, rejected = parse_lambda_event({"Records": [good, odd]})
    assert len(record.changes) == 1
    assert [note.reason for note in rejected.notes] == [Reason.EVENT_MALFORMED]


def test_a_list_of_pipes_is_read_as_a_batch() -> None:
    messages = [sqs_message(s3_notification(s3_record(f"{n}.jpg")), f"m{n}", receives=n) for n in (1, 2)]
    assert parse_lambda_event(messages) == parse_lambda_event(sqs_batch(*messages))
    assert [record.receipt for record in parse_lambda_event(messages)] == ["receipt of m1", "receipt of m2"]


def test_envelopes_of_sns_are_opened_up_to_a_limit() -> None:
    content: Any = s3_notification(s3_record())
    for depth in range(1, 8):
        content = sns_notification(content)
        (record,) = parse_lambda_event(sqs_batch(sqs_message(content)))
        assert bool(record.changes) == (depth <= 4)
        assert json.loads(record.body) == content
