"""The project's rules for roles: no wildcards, the bucket is only read, and the account's boundary holds for each."""

from collections.abc import Iterator
from typing import Any

from tests.deployment.policy import READS_OF_THE_SOURCE, Faults, Template, allowed, as_list, of_type

READS = READS_OF_THE_SOURCE | {"s3:GetBucketNotification"}
BOUNDARY = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]}
# AWS's service authorization reference names no resource type for tokens and for descriptions.
_ONE_TOKEN = {
    "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": {"Ref": "OidcAudience"}},
    "Null": {"sts:IdentityTokenAudience": False},
    "NumericLessThanEquals": {"sts:DurationSeconds": 300},
    "StringEquals": {"sts:SigningAlgorithm": "RS256"},
}
_NOT_BY_CODE = {"Null": {"lambda:SourceFunctionArn": True}}  # Lambda itself, for the function's network
_NETWORK = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface")
_ADDRESSES = ("AssignPrivateIpAddresses", "UnassignPrivateIpAddresses")
EVERYWHERE = {"sts:GetWebIdentityToken": _ONE_TOKEN}
EVERYWHERE |= {f"ec2:{action}": _NOT_BY_CODE for action in (*_NETWORK, *_ADDRESSES)}


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    for name, role in of_type(template, "AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield f"{name} has a managed policy, whose resources are wildcards"
        if role.get("PermissionsBoundary") != BOUNDARY:
            yield f"{name} has no permissions boundary, which some accounts demand"
        for statement in allowed(policy["PolicyDocument"] for policy in role.get("Policies", [])):
            yield from _statement(name, statement)
    for name, policy in [*of_type(template, "AWS::IAM::Policy"), *of_type(template, "AWS::IAM::ManagedPolicy")]:
        for statement in allowed([policy["PolicyDocument"]]):
            yield from _statement(name, statement)


def _statement(name: str, statement: dict[str, Any]) -> Faults:
    if {"NotAction", "NotResource"} & statement.keys():
        yield f"{name} allows all but something"
    for action in as_list(statement.get("Action", [])):
        if "*" in action or "?" in action:
            yield f"{name} allows {action}, a wildcard action"
        elif action.lower().startswith("s3:") and action not in READS:  # IAM ignores case
            yield f"{name} allows {action}: the bucket is only read"
        if action == "s3:ListBucket" and "s3:prefix" not in str(statement.get("Condition")):
            yield f"{name} allows {action} beyond the prefix"
    if any(map(_is_every_resource, _texts(statement.get("Resource", [])))):
        yield from _everywhere(name, statement)


def _everywhere(name: str, statement: dict[str, Any]) -> Faults:
    """Yield faults in a statement on every resource, which few actions need, and under a condition only."""
    for action in as_list(statement["Action"]):
        if action not in EVERYWHERE:
            yield f"{name} allows something on every resource: {action}"
        elif statement.get("Condition") != EVERYWHERE[action]:
            yield f"{name} allows {action} on every resource without its conditions"


def _is_every_resource(resource: str) -> bool:
    """Return whether a statement covers every resource, also of one service. A prefix in a bucket is not every one."""
    return "*" in resource.rpartition(":")[0] or resource.rpartition(":")[2] == "*"


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a list of resources, also those within functions."""
    match value:
        case str():
            yield value
        case list():
            yield from (text for item in value for text in _texts(item))
        case dict():
            yield from (text for item in value.values() for text in _texts(item))
