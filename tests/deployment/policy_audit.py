"""The project's rules for the audit on a schedule: it changes nothing, and is not there without a schedule."""

from typing import Any

from imagesearch_ingest.settings import PREFIX
from tests.deployment.policy import (
    READS_OF_THE_SOURCE,
    Faults,
    Template,
    allowed,
    as_list,
    find_resource,
    logical_name,
    of_type,
)
from tests.deployment.policy_roles import EVERYWHERE

READS = (
    READS_OF_THE_SOURCE
    | EVERYWHERE.keys()
    | {
        "sqs:ReceiveMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:ListMessageMoveTasks",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
)
ALARM, LAMBDA_SOURCE = "AWS::CloudWatch::Alarm", "AWS::Lambda::EventSourceMapping"


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    ingest = [find_resource(template, source["FunctionName"]) for _, source in of_type(template, LAMBDA_SOURCE)]
    settings = [_settings(function) for function in ingest]
    schedules = [one for one in of_type(template, "AWS::Scheduler::Schedule") if _is_audit(template, one[1])]
    if not schedules:
        yield "nothing compares the bucket with the index"
    for name, schedule in schedules:
        target = logical_name(schedule["Target"]["Arn"])
        function = find_resource(template, {"Ref": target})
        if _settings(function) not in settings:
            yield f"{target} audits with other settings than those of the function"
        role = find_resource(template, function["Role"])
        for statement in allowed(policy["PolicyDocument"] for policy in role["Policies"]):
            yield from (f"{target} may use {one}" for one in as_list(statement["Action"]) if one not in READS)
        yield from _audit_alarms(template, target)
        parts = {name, target, *map(logical_name, [function["Role"], function["LoggingConfig"]["LogGroup"]])}
        parts |= {logical_name(schedule["Target"]["RoleArn"]), *_only_layers(template, function, ingest)}
        parts |= {alarm for alarm, one in of_type(template, ALARM) if _is_of_audit(one, target)}
        needed = template["Resources"][name].get("Condition")
        for part in sorted(parts):
            if needed is None or template["Resources"][part].get("Condition") != needed:
                yield f"{part} is created without a schedule"


def _is_audit(template: Template, schedule: dict[str, Any]) -> bool:
    function = find_resource(template, {"Ref": logical_name(schedule["Target"]["Arn"])})
    return "AUDIT_URL" in function["Environment"]["Variables"]


def _settings(function: dict[str, Any]) -> dict[str, Any]:
    return {one: value for one, value in function["Environment"]["Variables"].items() if one.startswith(PREFIX)}


def _only_layers(template: Template, function: dict[str, Any], others: list[dict[str, Any]]) -> set[str]:
    """Return the layers that no other function has."""
    shared = {logical_name(layer) for other in others for layer in other["Layers"]}
    return {
        name for name in map(logical_name, function["Layers"]) if name not in shared and name in template["Resources"]
    }


def _audit_alarms(template: Template, function: str) -> Faults:
    watched = {one["MetricName"]: one for _, one in of_type(template, ALARM) if _is_of_audit(one, function)}
    for metric in ("Drift", "Errors"):
        if metric not in watched:
            yield f"no alarm watches {metric} of {function}"
        elif watched[metric]["TreatMissingData"] != "ignore":
            yield f"the alarm for {metric} of {function} ends before the next audit"


def _is_of_audit(alarm: dict[str, Any], function: str) -> bool:
    values = [logical_name(dimension["Value"]) for dimension in alarm.get("Dimensions", [])]
    return function in values or (alarm.get("MetricName") == "Drift" and "AWS::StackName" in values)
