"""The project's rules for the watch: it is always there, only looks, and each of its metrics has an alarm (ADR 65)."""

from typing import Any

from imagesearch_ingest.settings import PREFIX
from tests.deployment.policy import Faults, Template, allowed, as_list, find_resource, logical_name, of_type
from tests.deployment.policy_roles import EVERYWHERE

LOOKS = EVERYWHERE.keys() | {
    "s3:GetBucketNotification",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "sqs:GetQueueAttributes",
    "secretsmanager:GetSecretValue",
    "kms:Decrypt",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
NEEDED = {"s3:GetBucketNotification", "events:DescribeRule", "events:ListTargetsByRule", "sqs:GetQueueAttributes"}
MADE = {
    "WATCH_RULE_ARN": "AWS::Events::Rule",
    "WATCH_QUEUE_ARN": "AWS::SQS::Queue",
    "WATCH_RULE_DEAD_LETTERS_ARN": "AWS::SQS::Queue",
}
KEEPS_STATE = ("Announcing", "IndexFullPercent", "DaysToExpiry")


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    watches = [one for one in of_type(template, "AWS::Scheduler::Schedule") if _is_watch(template, one[1])]
    if not watches:
        yield "nothing watches whether the bucket announces"
    for name, schedule in watches:
        target = logical_name(schedule["Target"]["Arn"])
        function = find_resource(template, {"Ref": target})
        if "Condition" in template["Resources"][name] or "Condition" in template["Resources"][target]:
            yield f"{target} is not always there"
        if schedule["ScheduleExpression"] != "rate(1 hour)" or schedule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} does not look every hour, which the alarms expect"
        if schedule["Target"].get("RetryPolicy", {}).get("MaximumEventAgeInSeconds", 86_400) >= 3600:
            yield f"{name} may start a look that is older than the next one"
        yield from _settings(template, target, function)
        yield from _role(template, target, find_resource(template, function["Role"]))
    yield from _alarms(template)


def _is_watch(template: Template, schedule: dict[str, Any]) -> bool:
    function = find_resource(template, {"Ref": logical_name(schedule["Target"]["Arn"])})
    return any(name.startswith("WATCH_") for name in function["Environment"]["Variables"])


def _settings(template: Template, target: str, function: dict[str, Any]) -> Faults:
    given = function["Environment"]["Variables"]
    own = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    for _, source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        others = find_resource(template, source["FunctionName"])["Environment"]["Variables"]
        if own != {name: value for name, value in others.items() if name.startswith(PREFIX)}:
            yield f"{target} watches with other settings than those of the function"
    for name, kind in MADE.items():
        if template["Resources"].get(logical_name(given.get(name, "")), {}).get("Type") != kind:
            yield f"{target} is not given {name}, the ARN of a resource of the type {kind}"
    if given.get("WATCH_KEY_PREFIXES") != {"Fn::If": ["HasKeyPrefix", {"Ref": "KeyPrefix"}, {"Ref": "AWS::NoValue"}]}:
        yield f"{target} does not know the prefixes of the rule"


def _role(template: Template, target: str, role: dict[str, Any]) -> Faults:
    """A permission on one resource must name it: the rule, the queue and the bucket that the template made."""
    statements = list(allowed(policy["PolicyDocument"] for policy in role["Policies"]))
    given = {action for statement in statements for action in as_list(statement["Action"])}
    yield from (f"{target} may use {action}" for action in sorted(given - LOOKS))
    yield from (f"{target} may not use {action}" for action in sorted(NEEDED - given))
    kinds = {"events": "AWS::Events::Rule", "sqs": "AWS::SQS::Queue"}
    for statement in statements:
        kind = kinds.get(as_list(statement["Action"])[0].partition(":")[0])
        if kind and template["Resources"].get(logical_name(statement["Resource"]), {}).get("Type") != kind:
            yield f"{target} may look at more than the resources of this stack"


def _alarms(template: Template) -> Faults:
    alarms = [alarm for _, alarm in of_type(template, "AWS::CloudWatch::Alarm") if "MetricName" in alarm]
    for metric in KEEPS_STATE:
        own = [alarm for alarm in alarms if alarm["MetricName"] == metric]
        if not own:
            yield f"no alarm watches {metric}"
        if any(alarm["TreatMissingData"] != "ignore" for alarm in own):
            yield f"an alarm on {metric} takes a look that failed for an answer"
        if own and "PAGE" not in {str(alarm["AlarmDescription"]).partition(".")[0] for alarm in own}:
            yield f"nobody is paged for {metric}"
    failed = [alarm for alarm in alarms if alarm["MetricName"] == "WatchFailed"]
    if not any(alarm["TreatMissingData"] == "breaching" for alarm in failed):
        yield "nobody notices that the watch has stopped"
