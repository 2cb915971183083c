"""The project's rules for the roles of template.ros.yaml: each may do what its function needs, and nothing else."""

from collections.abc import Iterator
from typing import Any

from tests.deployment import policy_alibaba
from tests.deployment.ros.stack import Stack

Faults = Iterator[str]
Rights = dict[str, set[str]]  # the resources of each action
TRUST = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}]


def faults(stack: Stack) -> Faults:
    """Yield what a role may do more or less than its function needs, and by which wildcard."""
    wanted = {"IngestRole": _of_ingest(stack)}
    if stack.parameter("DeployFunction") == "true":
        wanted["WatchRole"] = _of_watch(stack)
    roles = stack.of_type("ALIYUN::RAM::Role")
    yield from (f"Resources.{name} is missing" for name in sorted(wanted.keys() - roles.keys()))
    for name, role in roles.items():
        if role["AssumeRolePolicyDocument"]["Statement"] != TRUST:
            yield f"Resources.{name}.Properties.AssumeRolePolicyDocument: the role is not only for Function Compute"
        statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
        yield from _wide(name, statements)
        yield from _compare(name, statements, wanted.get(name, {}))
    yield from _listing(stack)


def prefixes_of(stack: Stack) -> list[str]:
    return stack.parameter("KeyPrefix").split(",")


def _of_ingest(stack: Stack) -> Rights:
    bucket, queue, instance, logs = _arns(stack)
    parts = ["", "-dead-letters"] if stack.holds("Announces") else ["-dead-letters"]
    return {
        "oss:GetObject": {f"{bucket}/{one}*" for one in prefixes_of(stack)},
        "oss:ListObjects": {bucket},
        "mns:SendMessage": {f"{queue}{part}/messages" for part in parts},
        "imagesearch:AddImage": {instance},
        "imagesearch:DeleteImage": {instance},
        "log:PostLogStoreLogs": {logs},
    }


def _of_watch(stack: Stack) -> Rights:
    bucket, queue, instance, logs = _arns(stack)
    rule = f"acs:eventbridge:{stack.region}:{stack.account}:eventbus/default/rule/{stack.name}"
    return {
        "oss:GetBucketInfo": {bucket},
        "eventbridge:GetRule": {rule},
        "mns:GetQueueAttributes": {queue},
        "imagesearch:Detail": {instance},
        "log:PostLogStoreLogs": {logs},
    }


def _arns(stack: Stack) -> tuple[str, str, str, str]:
    place, name = f"{stack.region}:{stack.account}", stack.name
    owner = f"{stack.parameter('InstanceRegion')}:{stack.account}"
    return (
        f"acs:oss:*:{stack.account}:{stack.bucket}",
        f"acs:mns:{place}:/queues/{name}",
        f"acs:imagesearch:{owner}:instance/{stack.parameter('InstanceName')}",
        f"acs:log:{place}:project/{name}-{stack.account}/logstore/{name}",
    )


def _compare(name: str, statements: list[dict[str, Any]], wanted: Rights) -> Faults:
    given: Rights = {}
    for statement in statements:
        if statement["Effect"] != "Allow":
            yield f"Resources.{name} denies {', '.join(statement['Action'])}"
            continue
        for action in statement["Action"]:
            given.setdefault(action, set()).update(statement["Resource"])
    for action in sorted(wanted.keys() | given.keys()):
        may, needs = given.get(action, set()), wanted.get(action, set())
        yield from (f"Resources.{name} may do {action} on {one}, which it does not need" for one in sorted(may - needs))
        yield from (f"Resources.{name} may not do {action} on {one}" for one in sorted(needs - may))


def _wide(name: str, statements: list[dict[str, Any]]) -> Faults:
    for statement in statements:
        actions, resources = statement["Action"], statement["Resource"]
        yield from (f"Resources.{name} may do {one}, a wildcard" for one in actions if "*" in one)
        yield from (f"Resources.{name} may act on {one}" for one in resources if policy_alibaba.is_too_wide(one))


def _listing(stack: Stack) -> Faults:
    for policy in stack.resources["IngestRole"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            prefixes = statement.get("Condition", {}).get("StringLike", {}).get("oss:Prefix")
            if "oss:ListObjects" in statement["Action"] and prefixes != [f"{one}*" for one in prefixes_of(stack)]:
                yield f"Resources.IngestRole may list more or less than the prefixes: {prefixes}"
