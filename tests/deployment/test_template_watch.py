"""The watch is deployed with every stack, looks at what the template made, and its alarms tell pages from tickets."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from imagesearch_ingest.watch.queue_policy import may_send
from imagesearch_ingest.watch.rule import Wanted, judge_rule, read_prefixes
from tests.deployment import policy_watch
from tests.deployment.cloudformation import Stack
from tests.deployment.conftest import SamProcess
from tests.deployment.test_template import TEMPLATE

GIVEN = {
    "InstanceName": "shop",
    "CredentialsSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-a1b2c3",
}
ARN = "arn:aws:events:eu-west-1:123456789012:rule/uploads"


@pytest.fixture(scope="module")
def template(sam_process: SamProcess) -> dict[str, Any]:
    return sam_process.ask(TEMPLATE)["template"]


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    return template["Resources"][name]["Properties"]


def statement(template: dict[str, Any], sid: str) -> dict[str, Any]:
    statements = properties(template, "WatchRole")["Policies"][0]["PolicyDocument"]["Statement"]
    return next(one for one in statements if one.get("Sid") == sid)


def put(name: str, *path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of one property. ``None`` removes it."""

    def change(template: dict[str, Any]) -> None:
        place = properties(template, name)
        for part in path[:-1]:
            place = place[part]
        place.pop(path[-1])
        if value is not None:
            place[path[-1]] = value

    return change


def permit(sid: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda template: statement(template, sid).update(changes)


VARIABLES = ("Environment", "Variables")
BREAKAGES = {
    "no schedule": (
        lambda template: template["Resources"].pop("WatchSchedule"),
        "nothing watches whether the bucket announces",
    ),
    "a condition": (
        lambda template: template["Resources"]["WatchFunction"].update(Condition="HasAudit"),
        "WatchFunction is not always there",
    ),
    "a rare look": (put("WatchSchedule", "ScheduleExpression", value="rate(1 day)"), "does not look every hour"),
    "late looks": (put("WatchSchedule", "Target", "RetryPolicy", value=None), "older than the next one"),
    "other settings": (
        put("WatchFunction", *VARIABLES, "INGEST_ADDS_PER_SECOND", value="1"),
        "watches with other settings",
    ),
    "no rule": (put("WatchFunction", *VARIABLES, "WATCH_RULE_ARN", value=None), "is not given WATCH_RULE_ARN"),
    "the name of the rule": (
        put("WatchFunction", *VARIABLES, "WATCH_RULE_ARN", value="uploads"),
        "is not given WATCH_RULE_ARN",
    ),
    "all keys": (put("WatchFunction", *VARIABLES, "WATCH_KEY_PREFIXES", value=None), "does not know the prefixes"),
    "a right to mend": (
        permit("LookAtRule", Action=["events:DescribeRule", "events:ListTargetsByRule", "events:EnableRule"]),
        "WatchFunction may use events:EnableRule",
    ),
    "a right to read objects": (permit("LookAtBucket", Action="s3:GetObject"), "WatchFunction may use s3:GetObject"),
    "a right too few": (
        permit("LookAtRule", Action="events:DescribeRule"),
        "WatchFunction may not use events:ListTargetsByRule",
    ),
    "every rule": (permit("LookAtRule", Resource="*"), "more than the resources of this stack"),
    "announcing unwatched": (
        lambda template: template["Resources"].pop("NotAnnouncingAlarm"),
        "no alarm watches Announcing",
    ),
    "silence as an answer": (
        put("NotAnnouncingAlarm", "TreatMissingData", value="notBreaching"),
        "an alarm on Announcing takes a look that failed for an answer",
    ),
    "a full index at leisure": (
        lambda template: template["Resources"].pop("IndexFullAlarm"),
        "nobody is paged for IndexFullPercent",
    ),
    "a dead watch": (
        put("WatchFailedAlarm", "TreatMissingData", value="ignore"),
        "nobody notices that the watch has stopped",
    ),
}


def test_the_watch_may_be_deployed(template: dict[str, Any]) -> None:
    assert list(policy_watch.faults(template)) == []


@pytest.mark.parametrize("case", BREAKAGES)
def test_a_broken_watch_is_refused(template: dict[str, Any], case: str) -> None:
    change, because = BREAKAGES[case]
    broken = copy.deepcopy(template)
    change(broken)
    assert because in "\n".join(policy_watch.faults(broken))


@pytest.mark.parametrize("prefixes", ["", "shoes/", "shoes/ red/", "a/,b/", "a/,b/,c/,d/,e/"])
@pytest.mark.parametrize("bucket", ["", "shop-pictures"])
def test_the_watch_finds_no_fault_in_the_rule_of_the_template(
    template: dict[str, Any], prefixes: str, bucket: str
) -> None:
    stack = Stack(template, **GIVEN, KeyPrefix=prefixes, ExistingBucketName=bucket)
    pattern = stack.properties("UploadRule")["EventPattern"]
    variables = stack.properties("WatchFunction")["Environment"]["Variables"]
    wanted = Wanted(variables["INGEST_BUCKET"], read_prefixes(variables.get("WATCH_KEY_PREFIXES", "")))
    rule = {"Name": "uploads", "State": "ENABLED", "EventPattern": json.dumps(pattern)}
    assert judge_rule(rule, wanted) is None
    less = json.dumps(pattern | {"detail": pattern["detail"] | {"object": {"key": [{"prefix": "other/"}]}}})
    assert judge_rule(rule | {"EventPattern": less}, wanted) is not None


def test_the_watch_finds_no_fault_in_the_policy_of_the_template(template: dict[str, Any]) -> None:
    stack = Stack(template, **GIVEN)
    document = json.loads(json.dumps(stack.properties("QueuePolicy")["PolicyDocument"]))
    queue = document["Statement"][0]["Resource"]
    document["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"] = ARN
    assert may_send(document, queue_arn=queue, rule_arn=ARN)
    assert not may_send(document, queue_arn=queue, rule_arn=f"{ARN}-2")


def test_when_the_alarms_of_the_watch_raise(template: dict[str, Any]) -> None:
    fields = ("MetricName", "Statistic", "ComparisonOperator", "Threshold", "EvaluationPeriods", "TreatMissingData")
    own = {name: one["Properties"] for name, one in template["Resources"].items() if name.endswith("Alarm")}
    metrics = {"Announcing", "IndexFullPercent", "DaysToExpiry", "WatchFailed"}
    found = {
        name: (alarm["AlarmDescription"].partition(".")[0], *(alarm[field] for field in fields))
        for name, alarm in own.items()
        if alarm.get("MetricName") in metrics
    }
    less, more, below = "LessThanOrEqualToThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"
    assert found == {
        "NotAnnouncingAlarm": ("PAGE", "Announcing", "Maximum", below, 1, 2, "ignore"),
        "IndexFullAlarm": ("PAGE", "IndexFullPercent", "Maximum", more, 98, 1, "ignore"),
        "IndexNearlyFullAlarm": ("TICKET", "IndexFullPercent", "Maximum", more, 90, 1, "ignore"),
        "ExpiryAlarm": ("PAGE", "DaysToExpiry", "Minimum", less, 3, 1, "ignore"),
        "ExpirySoonAlarm": ("TICKET", "DaysToExpiry", "Minimum", less, 14, 1, "ignore"),
        "WatchFailedAlarm": ("TICKET", "WatchFailed", "Minimum", more, 1, 6, "breaching"),
    }
    assert {own[name]["Period"] for name in found} == {3600}
