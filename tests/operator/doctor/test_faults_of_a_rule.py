"""Faults on the way of a stack's uploads through EventBridge: bucket, rule, target and policy."""

import json

import pytest


def _use_eventbridge(cloud, **rule) -> None:
    """Announce through a rule of EventBridge, as the template does."""
    configuration = {"EventBridgeConfiguration": {}} if rule.pop("is_on", True) else {}
    cloud.s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=configuration)
    changes = rule.pop("target", {})
    if rule.pop("is_there", True):
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created", "Object Deleted"]}
        pattern["detail"] = {"bucket": {"name": ["pictures"]}}
        events = cloud.aws.client("events")
        given = {"State": "ENABLED", "EventPattern": json.dumps(pattern | rule.pop("pattern", {}))} | rule
        events.put_rule(Name="uploads", **given)
        target = {"Id": "queue", "Arn": cloud.queue_arn} | changes
        events.put_targets(Rule="uploads", Targets=[target])
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": cloud.queue_arn}]})
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"Policy": policy})


@pytest.mark.usefixtures("stack")
def test_a_rule_of_eventbridge_is_as_good(cloud, diagnose, environ) -> None:
    _use_eventbridge(cloud)
    found = diagnose(environ, stack="local")
    assert found.broken == set()
    assert found["bucket.rule"]["detail"] == "the rule uploads sends to the queue"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"is_on": False}, ("bucket.announces", "announces nothing", '"EventBridgeConfiguration": {}')),
        ({"is_there": False}, ("bucket.rule", "no rule of EventBridge", "aws events put-targets")),
        (
            {"State": "DISABLED"},
            ("bucket.rule", "the rule uploads is disabled", "aws events enable-rule --name uploads"),
        ),
        (
            {"pattern": {"detail-type": ["Object Created"]}},
            ("bucket.rule", "does not send Object Deleted", '"Object Deleted"'),
        ),
        (
            {"pattern": {"detail": {"bucket": {"name": ["x"]}}}},
            ("bucket.rule", "is about pictures", "describe-rule --name uploads"),
        ),
    ],
)
@pytest.mark.usefixtures("stack")
def test_a_broken_way_through_eventbridge(cloud, diagnose, environ, rule: dict, expected: tuple) -> None:
    check, said, fix = expected
    _use_eventbridge(cloud, **rule)
    found = diagnose(environ, stack="local")
    assert found.broken == {check}
    assert said in found[check]["detail"]
    assert fix in found[check]["fix"]


@pytest.mark.parametrize(
    "case",
    [
        ("shoes/", {"prefix": "shoes/"}, True),
        ("shoes/,bags/", {"prefix": "shoes/"}, False),
        ("", {"prefix": "shoes/"}, False),
        ("", {"suffix": ".jpg"}, None),
    ],
)
def test_keys_that_the_rule_passes_over(cloud, diagnose, environ, stack, case: tuple) -> None:
    parameter, condition, ok = case
    _use_eventbridge(cloud, pattern={"detail": {"bucket": {"name": ["pictures"]}, "object": {"key": [condition]}}})
    cloud.aws.stacks.add("local", lambda: stack._replace(parameters={"KeyPrefix": parameter}))
    assert diagnose(environ, stack="local")["bucket.rule"]["ok"] is ok


@pytest.mark.usefixtures("stack")
def test_a_target_that_changes_the_events(cloud, diagnose, environ) -> None:
    _use_eventbridge(cloud, target={"InputPath": "$.detail"})
    found = diagnose(environ, stack="local")
    assert found.broken == {"bucket.rule"}
    assert found["bucket.rule"]["fix"].startswith("aws events put-targets --rule uploads --targets ")


@pytest.mark.usefixtures("stack")
def test_a_queue_that_takes_the_events_of_another_rule_alone(cloud, diagnose, environ) -> None:
    _use_eventbridge(cloud)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    statement |= {"Resource": cloud.queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:events:::rule/a"}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"Policy": policy})
    assert diagnose(environ, stack="local").broken == {"queue.policy"}


@pytest.mark.usefixtures("stack")
def test_a_queue_that_refuses_the_events_of_the_rule(cloud, diagnose, environ) -> None:
    _use_eventbridge(cloud)
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage", "Resource": cloud.queue_arn}
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [statement | {"Principal": {"Service": "s3.amazonaws.com"}}]}
    )
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"Policy": policy})
    found = diagnose(environ, stack="local")
    assert found.broken == {"queue.policy"}
    assert "events.amazonaws.com" in found["queue.policy"]["detail"]
