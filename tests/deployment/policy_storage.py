"""The project's rules for what is stored: it is encrypted, private, and outlives the stack."""

from collections.abc import Callable
from typing import Any

from tests.deployment.policy import Faults, Template, allowed, find_resource, logical_name, of_type, statements_on_queue

FORTNIGHT_SECONDS = 14 * 24 * 3600
NO_VALUE = {"Ref": "AWS::NoValue"}
KEPT = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Logs::LogGroup"}
NAMES = ("BucketName", "QueueName", "LogGroupName")
LOG_KEY = {"Fn::If": ["HasLogKey", {"Ref": "LogKeyArn"}, NO_VALUE]}


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    for check in CHECKS:
        yield from check(template)


def _bucket(template: Template) -> Faults:
    for name, policy in of_type(template, "AWS::S3::BucketPolicy"):
        if any(allowed([policy["PolicyDocument"]])):
            yield f"{name} allows something: the bucket is for its owner and for the function's role"


def _queues(template: Template) -> Faults:
    for name, queue in of_type(template, "AWS::SQS::Queue"):
        if queue.get("MessageRetentionPeriod") != FORTNIGHT_SECONDS:
            yield f"{name} does not keep its messages for 14 days"
        if not _always_encrypted(queue):
            yield f"{name} is not encrypted under every condition"
        if not any(_denies_plain_http(statement) for statement in statements_on_queue(template, name)):
            yield f"{name} accepts requests without TLS"


def _always_encrypted(queue: dict[str, Any]) -> bool:
    """Return whether a queue is encrypted by SQS, by a key, or by either one as a condition decides."""
    match queue.get("SqsManagedSseEnabled"), queue.get("KmsMasterKeyId"):
        case (True, None):
            return True
        case {"Fn::If": [one, no, True]}, {"Fn::If": [other, key, _]} if one == other and no == NO_VALUE:
            return bool(key != NO_VALUE)
    return False


def _denies_plain_http(statement: dict[str, Any]) -> bool:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    everyone = statement.get("Principal") == "*" and statement["Action"] == "sqs:*"
    return statement["Effect"] == "Deny" and everyone and statement.get("Condition") == plain


def _logs(template: Template) -> Faults:
    for name, function in of_type(template, "AWS::Lambda::Function"):
        group = function.get("LoggingConfig", {}).get("LogGroup")
        if not group or "RetentionInDays" not in find_resource(template, group):
            yield f"{name} logs for ever"


def _log_keys(template: Template) -> Faults:
    for name, group in of_type(template, "AWS::Logs::LogGroup"):
        if group.get("KmsKeyId") != LOG_KEY:
            yield f"{name} ignores the key of the log groups"


def _retention(template: Template) -> Faults:
    """Yield what a deleted stack would take along, and what would collide with a stack that is deployed again."""
    for name, resource in template["Resources"].items():
        if resource["Type"] not in KEPT:
            continue
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield f"{name} is deleted with the stack"
        yield from (f"{name} has a fixed name" for one in NAMES if one in resource["Properties"])


def _keys_of_backups(template: Template) -> Faults:
    """Yield dead-letter queues of rules that fail together with the queue that they back up."""
    queues = dict(of_type(template, "AWS::SQS::Queue"))
    for name, rule in of_type(template, "AWS::Events::Rule"):
        for target in rule["Targets"]:
            own = target.get("DeadLetterConfig", {}).get("Arn")
            if own and "KmsMasterKeyId" in queues.get(logical_name(own), {}):
                yield f"{name}: its dead-letter queue needs a key, which may be what has failed"


CHECKS: list[Callable[[Template], Faults]] = [_bucket, _queues, _logs, _log_keys, _retention, _keys_of_backups]
