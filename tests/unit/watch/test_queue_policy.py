"""Whether the policy of a queue lets a rule of EventBridge send to it."""

from typing import Any

import pytest

from imagesearch_ingest.watch.queue_policy import find_services, may_send

QUEUE, RULE = "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:events:us-east-1:123456789012:rule/uploads"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
}
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": QUEUE,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def sends(*statements: dict[str, Any]) -> bool:
    return may_send({"Statement": list(statements)}, queue_arn=QUEUE, rule_arn=RULE)


def test_the_policy_of_the_template_lets_the_rule_send() -> None:
    assert sends(ALLOW, TLS_ONLY)
    assert may_send({"Statement": ALLOW}, queue_arn=QUEUE, rule_arn=RULE)


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["s3.amazonaws.com", "events.amazonaws.com"]}},
        {"Action": "SQS:SendMessage"},
        {"Action": ["sqs:SendMessage", "sqs:ReceiveMessage"]},
        {"Action": "sqs:Send*"},
        {"Action": "*"},
        {"Resource": "*"},
        {"Condition": None},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/*"}}},
        {"Condition": {"ArnEquals": {"AWS:sourcearn": [RULE, "arn:aws:events:us-east-1:123456789012:rule/b"]}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "999999999999"}}},
        {"Condition": {"ForAnyValue:StringEquals": {"aws:SourceOrgPaths": "o/r"}}},
    ],
)
def test_other_words_for_the_same(change: dict[str, Any]) -> None:
    assert sends(ALLOW | change)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [TLS_ONLY],
        [ALLOW | {"Effect": "Deny"}],
        [ALLOW | {"Principal": {"Service": "s3.amazonaws.com"}}],
        [ALLOW | {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}],
        [ALLOW | {"Action": "sqs:ReceiveMessage"}],
        [ALLOW | {"Resource": f"{QUEUE}-letters"}],
        [ALLOW | {"Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}-old"}}}],
        [ALLOW | {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}],
        [ALLOW | {"Condition": {"ArnNotLike": {"aws:SourceArn": "arn:aws:events:*"}}}],
        [ALLOW, {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE}],
    ],
)
def test_a_policy_that_lets_the_rule_not_send(statements: list[dict[str, Any]]) -> None:
    assert not sends(*statements)


def test_the_services_of_a_policy() -> None:
    statements = [ALLOW, TLS_ONLY, ALLOW | {"Principal": {"Service": ["s3.amazonaws.com"]}}]
    assert find_services({"Statement": statements}) == {"events.amazonaws.com", "s3.amazonaws.com"}
