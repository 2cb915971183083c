"""Whether a rule of EventBridge sends every wanted event, by its pattern and its targets."""

import json
import shlex
from typing import Any

import pytest

from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.rule import Wanted, Way, is_about, judge_rule, judge_targets, make_again

ALL_KEYS = Wanted("shop", ("",))
TYPES = ["Object Created", "Object Deleted", "Object Restore Completed"]
TEMPLATES = {"source": ["aws.s3"], "detail-type": TYPES, "detail": {"bucket": {"name": ["shop"]}}}
RULE_ARN, QUEUE_ARN = "arn:aws:events:us-east-1:1:rule/uploads", "arn:aws:sqs:us-east-1:1:q"
LETTERS_ARN = "arn:aws:sqs:us-east-1:1:rule-letters"
WAY = Way(ALL_KEYS, RULE_ARN, QUEUE_ARN, LETTERS_ARN)
TARGET = {"Id": "queue", "Arn": QUEUE_ARN, "RetryPolicy": {"MaximumRetryAttempts": 185}}


def rule(state: str = "ENABLED", **changes: Any) -> dict[str, Any]:
    return {"Name": "uploads", "State": state, "EventPattern": json.dumps(TEMPLATES | changes)}


def keys(*conditions: object) -> dict[str, Any]:
    return {"bucket": {"name": ["shop"]}, "object": {"key": list(conditions)}}


def option(command: str, name: str) -> Any:
    words = shlex.split(command)
    return json.loads(words[words.index(name) + 1])


def test_the_rule_of_the_template_is_fine() -> None:
    assert judge_rule(rule(), ALL_KEYS) is None
    assert judge_rule(rule("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), ALL_KEYS) is None


def test_a_disabled_rule_sends_nothing() -> None:
    assert judge_rule(rule("DISABLED"), ALL_KEYS) == Finding(
        Kind.FAULT, "the rule uploads is disabled", "aws events enable-rule --name uploads"
    )


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"source": ["aws.ec2"]}, "events of S3"),
        ({"source": []}, "events of S3"),
        ({"detail-type": ["Object Deleted"]}, "Object Created"),
        ({"detail-type": ["Object Created"]}, "Object Deleted"),
        ({"detail-type": ["Object Tags Added"]}, "Object Created, Object Deleted"),
        ({"detail-type": ["object created", "Object Deleted"]}, "Object Created"),
        ({"detail": {"bucket": {"name": ["shop-test"]}}}, "events of shop"),
        ({"detail": {"bucket": {"name": [{"prefix": "other"}]}}}, "events of shop"),
        ({"detail": keys({"prefix": "a/"})}, "all keys"),
        ({"detail": keys("a.jpg")}, "all keys"),
        ({"detail": keys()}, "all keys"),
    ],
)
def test_a_pattern_that_takes_too_little(changes: dict[str, Any], missing: str) -> None:
    found = judge_rule(rule(**changes), ALL_KEYS)
    assert found.detail == f"the rule uploads does not send {missing}"
    mended = option(found.to_do, "--event-pattern")
    assert mended == TEMPLATES
    assert judge_rule(rule(**mended), ALL_KEYS) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"source": [{"prefix": "aws.s3"}]},
        {"source": ["aws.ec2", "aws.s3"]},
        {"detail-type": [{"prefix": "Object "}]},
        {"detail-type": [*TYPES, "Object Tags Added"]},
        {"detail": {"bucket": {"name": ["other", "shop"]}}},
        {"detail": {}},
        {"detail": keys({"prefix": ""})},
        {"detail": keys({"exists": True})},
    ],
)
def test_a_pattern_that_takes_as_much_or_more(changes: dict[str, Any]) -> None:
    assert judge_rule(rule(**changes), ALL_KEYS) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": keys({"suffix": ".jpg"})},
        {"detail": keys({"anything-but": {"prefix": "tmp/"}})},
        {"detail": keys({"wildcard": "*"})},
        {"detail": {"bucket": {"name": ["shop"]}, "object": {"size": [{"numeric": [">", 0]}]}}},
        {"detail": {"bucket": {"name": ["shop"]}, "reason": ["PutObject"]}},
        {"account": ["1"]},
        {"detail": {"$or": [{"bucket": {"name": ["shop"]}}]}},
    ],
)
def test_a_condition_that_the_template_never_makes_is_a_remark(changes: dict[str, Any]) -> None:
    found = judge_rule(rule(**changes), ALL_KEYS)
    assert (found.kind, found.to_do) == (Kind.REMARK, "aws events describe-rule --name uploads")


@pytest.mark.parametrize(
    ("conditions", "missing"),
    [
        ([{"prefix": "a/"}, {"prefix": "b/"}], None),
        ([{"prefix": "b/"}, {"prefix": "a"}], None),
        ([{"prefix": "a/"}], "all keys below b/"),
        ([{"prefix": "a/"}, {"prefix": "b/c/"}], "all keys below b/"),
        ([{"prefix": "c/"}], "all keys below a/, all keys below b/"),
    ],
)
def test_each_prefix_must_be_sent(conditions: list[Any], missing: str | None) -> None:
    wanted = Wanted("shop", ("a/", "b/"))
    found = judge_rule(rule(detail=keys(*conditions)), wanted)
    assert (found and found.detail) == (f"the rule uploads does not send {missing}" if missing else None)
    if found:
        assert option(found.to_do, "--event-pattern")["detail"] == keys({"prefix": "a/"}, {"prefix": "b/"})


def test_keys_are_not_judged_without_prefixes() -> None:
    assert judge_rule(rule(detail=keys({"prefix": "a/"})), Wanted("shop")) is None


def test_kept_entries_need_no_removals() -> None:
    assert judge_rule(rule(**{"detail-type": ["Object Created"]}), Wanted("shop", ("",), takes_removals=False)) is None


def test_a_rule_about_another_bucket() -> None:
    assert is_about(rule(), "shop")
    assert not is_about(rule(), "other")


def test_the_target_of_the_template_is_fine() -> None:
    assert judge_targets([{"Id": "x", "Arn": "arn:aws:lambda:us-east-1:1:function:f"}, TARGET], WAY) is None


@pytest.mark.parametrize("targets", [[], [{**TARGET, "Arn": f"{QUEUE_ARN}2"}]])
def test_a_rule_without_the_queue(targets: list[dict[str, Any]]) -> None:
    found = judge_targets(targets, WAY)
    assert found.detail == "the rule uploads does not send to the queue"
    assert option(found.to_do, "--targets") == [
        {"Id": "queue", "Arn": QUEUE_ARN, "DeadLetterConfig": {"Arn": LETTERS_ARN}}
    ]


@pytest.mark.parametrize("change", [{"Input": "{}"}, {"InputPath": "$.detail"}, {"InputTransformer": {}}])
def test_a_target_that_gets_changed_events(change: dict[str, Any]) -> None:
    found = judge_targets([TARGET | change], WAY)
    assert found.detail == f"the rule uploads changes the events: its target has {next(iter(change))}"
    assert option(found.to_do, "--targets") == [{**TARGET, "DeadLetterConfig": {"Arn": LETTERS_ARN}}]


def test_a_rule_that_is_gone_can_be_made_again() -> None:
    way = Way(Wanted("shop", ("a/",)), RULE_ARN, QUEUE_ARN)
    command = make_again(way)
    assert option(command, "--event-pattern") == TEMPLATES | {"detail": keys({"prefix": "a/"})}
    assert option(command, "--targets") == [{"Id": "queue", "Arn": QUEUE_ARN}]
