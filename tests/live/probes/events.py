"""Probes of the way from a bucket to a queue. They make a bucket, a rule and a queue of their own."""

import json
from typing import Any

from tests.live.account import Account
from tests.live.probe import AWS, Finding, cannot_tell, judge, probe
from tests.live.probes.queues import receive

HOSTILE_KEYS = ["red shoes/a+b.jpg", "100%.jpg", "%41.jpg", "\u978b/\U0001f45f.jpg", "a&b=c;d?.jpg", "a//./b.jpg"]
EVENT_SECONDS = 180.0


def put(account: Account, bucket: str, key: str) -> None:
    account.aws("s3").put_object(Bucket=bucket, Key=key, Body=b"bytes")


def connect(account: Account, bucket: str) -> str:
    """Let EventBridge send the bucket's events to a new queue, as template.yaml does. Return the queue's URL."""
    events, sqs, name = account.aws("events"), account.aws("sqs"), account.new_name()
    url = account.new_queue()
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.note("rule", name)
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue}])
    account.aws("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return url


@probe("AWS-20", AWS, "1 bucket, 1 rule of EventBridge, 1 queue, objects until their events come")
def ask_keys(account: Account) -> Finding:
    """Put the objects again and again: a new rule takes a while until it works."""
    bucket = account.new_bucket()
    url = connect(account, bucket)
    found: set[str] = set()

    def is_complete() -> bool:
        for key in HOSTILE_KEYS:
            put(account, bucket, key)
        while batch := receive(account.aws("sqs"), url):
            found.update(read_key(message) for message in batch)
            for message in batch:
                account.aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= len(HOSTILE_KEYS)

    account.wait_until(is_complete, EVENT_SECONDS)
    if not found:
        return cannot_tell(f"no event came within {EVENT_SECONDS:.0f} s")
    other = sorted(found - set(HOSTILE_KEYS))
    seen = f"{len(found & set(HOSTILE_KEYS))} of {len(HOSTILE_KEYS)} keys came as they are; others: {other or 'none'}"
    return judge(found == set(HOSTILE_KEYS), seen)


def read_key(message: dict[str, Any]) -> str:
    return str(json.loads(message["Body"])["detail"]["object"]["key"])
