"""The project's rules for template.ros.yaml that no type knows: targets, rights, retention, replacements."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.deployment import policy_alibaba
from tests.deployment.ros import policy_function
from tests.deployment.ros.stack import Stack, Template
from tests.deployment.ros.types import TYPES

Faults = Iterator[str]
# What holds data of the user stays when the stack is deleted, or when a parameter takes it out.
RETAINED = {"ALIYUN::OSS::Bucket", "ALIYUN::MNS::Queue", "ALIYUN::SLS::Project", "ALIYUN::SLS::Logstore"}
# The only parameters that replace something: a layer has versions, and a version cannot be changed.
REPLACING = {"ALIYUN::FC::Layer": {"CodeBucketName", "Release"}}
NAMES = ("QueueName", "RuleName", "RoleName", "LogstoreName", "FunctionName", "LayerName", "BucketName", "Name")
STEM = "a-stack-of-its-own"


def faults(template: Template) -> Faults:
    """Yield the broken rules that hold for every stack of the template."""
    for name, resource in template["Resources"].items():
        if resource["Type"] in RETAINED and resource.get("DeletionPolicy") != "Retain":
            yield f"Resources.{name}.DeletionPolicy must be Retain: deleting the stack would delete its contents"
        yield from _replacements(template, name, resource)
    for name, properties in _named(template):
        yield from (
            f"Resources.{name}.Properties.{key} does not begin with the name of the stack: {properties[key]!r}"
            for key in NAMES
            if key in properties and not str(properties[key]).startswith(STEM)
        )


def _named(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    stack = Stack(template, STEM)
    yield from ((name, one["Properties"]) for name, one in stack.resources.items())


def _replacements(template: Template, name: str, resource: dict[str, Any]) -> Faults:
    for key in TYPES.get(resource["Type"], {}).get("create_only", []):
        parameters = used_parameters(template, resource["Properties"].get(key))
        for parameter in sorted(parameters - REPLACING.get(resource["Type"], set())):
            yield f"Resources.{name}.Properties.{key} cannot be updated, so another {parameter} would replace {name}"


def used_parameters(template: Template, value: Any) -> set[str]:
    """Return the parameters to which a part of a template refers."""
    words = re.findall(r"'Ref': '(\w+)'|\$\{(\w+)\}", str(value))
    return {word for pair in words for word in pair} & template["Parameters"].keys()


def of_stack(stack: Stack) -> Faults:
    """Yield the rules that a stack with certain parameters breaks."""
    for check in CHECKS:
        yield from check(stack)


def _made(stack: Stack) -> Faults:
    """Yield what the stack makes against its parameters."""
    if ("Bucket" in stack.resources) == bool(stack.parameter("ExistingBucketName")):
        yield "Resources.Bucket must exist if, and only if, ExistingBucketName is empty"
    if ("UploadRule" in stack.resources) == (stack.parameter("DeployFunction") == "direct"):
        yield "Resources.UploadRule must exist unless DeployFunction is direct"
    if stack.parameter("DeployFunction") != "true":
        left = sorted(name for name, one in stack.resources.items() if one["Type"].startswith("ALIYUN::FC"))
        yield from (f"Resources.{name} is made, but its code is left to another tool" for name in left)


def _rule(stack: Stack) -> Faults:
    """Yield what is wrong between the bucket and the queue."""
    for name, rule in stack.of_type("ALIYUN::EventBridge::Rule").items():
        path = f"Resources.{name}.Properties"
        if rule["EventBusName"] != "default":
            yield f"{path}.EventBusName must be default: other buses have no events of OSS"
        if rule.get("Status", "ENABLE") != "ENABLE":
            yield f"{path}.Status must be ENABLE"
        yield from _pattern(stack, f"{path}.FilterPattern", rule["FilterPattern"])
        yield from (
            f"{path}.Targets[{number}]{fault}"
            for number, one in enumerate(rule["Targets"])
            for fault in _target(stack, one)
        )


def _pattern(stack: Stack, path: str, pattern: dict[str, Any]) -> Faults:
    if pattern.keys() != {"source", "type", "subject"}:
        yield f"{path} must have source, type and subject, and nothing else"
    if pattern.get("source") != ["acs.oss"]:
        yield f"{path}.source must be acs.oss: {pattern.get('source')}"
    if any(not str(one).startswith("oss:") for one in pattern.get("type", [])):
        yield f"{path}.type has a name without oss:"
    bucket = f"acs:oss:{stack.region}:{stack.account}:{stack.bucket}/"
    if pattern.get("subject") != [{"prefix": f"{bucket}{one}"} for one in prefixes_of(stack)]:
        yield f"{path}.subject is not the bucket's prefixes: {pattern.get('subject')}"


def _target(stack: Stack, target: dict[str, Any]) -> Faults:
    arn, queue = f"acs:mns:{stack.region}:{stack.account}:", stack.name
    if target["Type"] != "acs.mns.queue" or target["Endpoint"] != f"{arn}queues/{queue}":
        yield f".Endpoint is not the queue {queue}: {target['Type']} {target['Endpoint']}"
    given = {one["ResourceKey"]: (one["Form"], one["Value"]) for one in target["ParamList"]}
    if given != {"queue": ("CONSTANT", queue), "Body": ("ORIGINAL", ""), "IsBase64Encode": ("CONSTANT", "true")}:
        yield f".ParamList does not put the whole event into {queue}, in Base64: {given}"
    if target.get("DeadLetterQueue", {}).get("Arn") != f"{arn}/queues/{queue}-dead-letters":
        yield ".DeadLetterQueue is missing, or another queue: after a day, an event would be dropped"
    if target.get("PushRetryStrategy") != "EXPONENTIAL_DECAY_RETRY":
        yield ".PushRetryStrategy must be EXPONENTIAL_DECAY_RETRY: the other gives up within a minute"
    if target.get("ErrorsTolerance", "ALL") != "ALL":
        yield ".ErrorsTolerance must be ALL: one event that cannot be delivered would stop all others"


def _rights(stack: Stack) -> Faults:
    """Yield the resources on which the role may do more or less than the function needs."""
    place, name = f"{stack.region}:{stack.account}", stack.name
    bucket, queue = f"acs:oss:*:{stack.account}:{stack.bucket}", f"acs:mns:{place}:/queues/{name}"
    instance = stack.parameter("InstanceRegion"), stack.parameter("InstanceName")
    logs = f"acs:log:{place}:project/{name}-{stack.account}/logstore/{name}"
    parts = ["", "-dead-letters"] if stack.holds("Announces") else ["-dead-letters"]
    wanted = {
        "oss:GetObject": {f"{bucket}/{one}*" for one in prefixes_of(stack)},
        "oss:ListObjects": {bucket},
        "mns:SendMessage": {f"{queue}{part}/messages" for part in parts},
        "imagesearch:AddImage": {f"acs:imagesearch:{instance[0]}:{stack.account}:instance/{instance[1]}"},
        "imagesearch:DeleteImage": {f"acs:imagesearch:{instance[0]}:{stack.account}:instance/{instance[1]}"},
        "log:PostLogStoreLogs": {logs},
    }
    role = stack.resources["IngestRole"]["Properties"]
    given: dict[str, set[str]] = {}
    for statement in (one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]):
        for action in statement["Action"]:
            given.setdefault(action, set()).update(statement["Resource"])
        prefixes = statement.get("Condition", {}).get("StringLike", {}).get("oss:Prefix")
        if "oss:ListObjects" in statement["Action"] and prefixes != [f"{one}*" for one in prefixes_of(stack)]:
            yield f"Resources.IngestRole may list more or less than the prefixes: {prefixes}"
    for action in sorted(wanted.keys() | given.keys()):
        more, less = (
            given.get(action, set()) - wanted.get(action, set()),
            wanted.get(action, set()) - given.get(action, set()),
        )
        yield from (f"Resources.IngestRole may do {action} on {one}, which it does not need" for one in sorted(more))
        yield from (f"Resources.IngestRole may not do {action} on {one}" for one in sorted(less))


def _wide(stack: Stack) -> Faults:
    """Yield what any role may do by a wildcard, or on more than one thing."""
    for name, role in stack.of_type("ALIYUN::RAM::Role").items():
        for statement in (one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]):
            actions, resources = statement["Action"], statement["Resource"]
            yield from (f"Resources.{name} may do {one}, a wildcard" for one in actions if "*" in one)
            yield from (f"Resources.{name} may act on {one}" for one in resources if policy_alibaba.is_too_wide(one))


def _logs(stack: Stack) -> Faults:
    """Yield log stores that cannot be searched."""
    indexed = {(one["ProjectName"], one["LogstoreName"]) for one in stack.of_type("ALIYUN::SLS::Index").values()}
    for name, store in stack.of_type("ALIYUN::SLS::Logstore").items():
        if (store["ProjectName"], store["LogstoreName"]) not in indexed:
            yield f"Resources.{name} has no index, so no search finds anything"


def _stored(stack: Stack) -> Faults:
    for name, bucket in stack.of_type("ALIYUN::OSS::Bucket").items():
        if bucket.get("AccessControl", "private") != "private" or bucket.get("BlockPublicAccess") is not True:
            yield f"Resources.{name} may be public"
        rules = bucket.get("LifecycleConfiguration", {}).get("Rule", [])
        if not any("Days" in one.get("AbortMultipartUpload", {}) and one.get("Status") == "Enabled" for one in rules):
            yield f"Resources.{name} keeps parts of uploads that are never completed"
        if not bucket.get("ServerSideEncryptionConfiguration"):
            yield f"Resources.{name} is not encrypted"
    if len(stack.of_type("ALIYUN::MNS::Queue")) != 2:
        yield "the stack does not have a queue and a dead-letter queue"


CHECKS: list[Callable[[Stack], Faults]] = [policy_function.faults, _made, _rule, _rights, _wide, _logs, _stored]


def prefixes_of(stack: Stack) -> list[str]:
    return stack.parameter("KeyPrefix").split(",")
