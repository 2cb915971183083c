"""The project's rules for template.ros.yaml that no type knows: targets, rights, retention, replacements."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.deployment.ros import policy_function, policy_observability, policy_rates, policy_roles, policy_watch
from tests.deployment.ros.policy_roles import prefixes_of
from tests.deployment.ros.stack import Stack, Template
from tests.deployment.ros.types import TYPES

Faults = Iterator[str]
# What holds data of the user stays when the stack is deleted, or when a parameter takes it out.
RETAINED = {"ALIYUN::OSS::Bucket", "ALIYUN::MNS::Queue", "ALIYUN::SLS::Project", "ALIYUN::SLS::Logstore"}
# The only parameters that replace something: a layer has versions, and a version cannot be changed.
REPLACING = {"ALIYUN::FC::Layer": {"CodeBucketName", "Release"}}
NAMES = ("QueueName", "RuleName", "RoleName", "LogstoreName", "FunctionName", "LayerName", "BucketName", "PolicyName")
NAMES += ("Name",)
STEM = "a-stack-of-its-own"
MESSAGE_BYTES = 65536  # of a message of SMQ, at most


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
    yield from policy_rates.faults(template)
    yield from policy_observability.faults(template)


def _named(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what has a name of its own in an account, by its logical name. The policies of a role are among it."""
    for name, one in Stack(template, STEM).resources.items():
        yield name, one["Properties"]
        yield from ((name, policy) for policy in one["Properties"].get("Policies", []))


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
        if any("Expiration" in one for one in rules):
            yield f"Resources.{name} deletes pictures by its lifecycle, and OSS does not announce it"
        if not bucket.get("ServerSideEncryptionConfiguration"):
            yield f"Resources.{name} is not encrypted"
    if len(stack.of_type("ALIYUN::MNS::Queue")) != 2:
        yield "the stack does not have a queue and a dead-letter queue"
    for name, queue in stack.of_type("ALIYUN::MNS::Queue").items():
        if queue.get("MaximumMessageSize", MESSAGE_BYTES) < MESSAGE_BYTES:
            yield f"Resources.{name}.Properties.MaximumMessageSize must be {MESSAGE_BYTES}: events would not fit"
        if queue.get("DelaySeconds"):
            yield f"Resources.{name}.Properties.DelaySeconds hides each event at first"


CHECKS: list[Callable[[Stack], Faults]] = [
    policy_function.faults,
    policy_roles.faults,
    policy_watch.faults,
    policy_observability.of_stack,
    _made,
    _rule,
    _logs,
    _stored,
]
