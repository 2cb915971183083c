"""The project's rules for its template that no linter checks. They apply to CloudFormation as SAM renders it."""

from collections.abc import Callable, Iterator
from typing import Any

from imagesearch_ingest.settings import PREFIX, Settings, variable

FORTNIGHT_SECONDS = 14 * 24 * 3600
MAX_RECEIVE_COUNT = 1000
UNPACED_SECONDS = 20  # of the timeout: the start, the first and the last picture, and slow requests
READS_OF_THE_SOURCE = {"s3:GetObject", "s3:ListBucket"}
NO_VALUE = {"Ref": "AWS::NoValue"}

Template = dict[str, Any]
Faults = Iterator[str]


def faults(template: Template) -> list[str]:
    """Return every broken rule as text; none for a template that may be deployed."""
    return [fault for check in CHECKS for fault in check(template)]


def _role(template: Template) -> Faults:
    for name, role in of_type(template, "AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield f"{name} has a managed policy, whose resources are wildcards"
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
        elif action.lower().startswith("s3:") and action not in READS_OF_THE_SOURCE:  # IAM ignores case
            yield f"{name} allows {action}: the bucket is only read"
        if action == "s3:ListBucket" and "s3:prefix" not in str(statement.get("Condition")):
            yield f"{name} allows {action} beyond the prefix"
    if any(_is_every_resource(resource) for resource in as_list(statement.get("Resource", []))):
        yield f"{name} allows something on every resource"


def _is_every_resource(resource: object) -> bool:
    """Return whether a statement covers every resource, also of one service. A prefix in a bucket is not every one."""
    return isinstance(resource, str) and ("*" in resource.rpartition(":")[0] or resource.rpartition(":")[2] == "*")


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
        if not any(_denies_plain_http(statement) for statement in _statements_on_queue(template, name)):
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
    plain = {"Bool": {"aws:SecureTransport": False}}
    everyone = statement.get("Principal") == "*" and statement["Action"] == "sqs:*"
    return statement["Effect"] == "Deny" and everyone and statement.get("Condition") == plain


def _event_sources(template: Template) -> Faults:
    sources = list(of_type(template, "AWS::Lambda::EventSourceMapping"))
    if not sources:
        yield "the function has no event source mapping"
    for name, source in sources:
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not take partial batch responses"
        if "MaximumConcurrency" not in source.get("ScalingConfig", {}):
            yield f"{name} has no maximum concurrency"
        queue = find_resource(template, source["EventSourceArn"])
        function = find_resource(template, source["FunctionName"])
        if queue.get("VisibilityTimeout", 30) < 6 * function["Timeout"]:
            yield f"{name}: its queue hides messages for less than six times the function's timeout"
        redrive = queue.get("RedrivePolicy", {})
        if _type(template, redrive.get("deadLetterTargetArn")) != "AWS::SQS::Queue":
            yield f"{name}: its queue has no dead-letter queue"
        elif redrive.get("maxReceiveCount") != MAX_RECEIVE_COUNT:
            yield f"{name}: its queue redrives messages before the function gives up"


def _pace(template: Template) -> Faults:
    """Yield faults in the shares of the quota and the batches, which must follow from the one rate parameter."""
    rate = template["Parameters"]["AddsPerSecond"]
    rows = template["Mappings"]["ByAddsPerSecond"]
    workers = {"Fn::FindInMap": ["ByAddsPerSecond", {"Ref": "AddsPerSecond"}, "MaxConcurrency"]}
    for name, source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        function = find_resource(template, source["FunctionName"])
        variables = function["Environment"]["Variables"]
        given = (variables.get("INGEST_ADDS_PER_SECOND"), variables.get("INGEST_MAX_CONCURRENCY"))
        if (
            given != ({"Ref": "AddsPerSecond"}, source["ScalingConfig"].get("MaximumConcurrency"))
            or given[1] != workers
        ):
            yield f"{name}: its function's shares of the quota are not those of its event source"
        for value in rate["AllowedValues"]:
            if value not in rows:
                yield f"{name}: the rates have no row for {value}"
                continue
            seconds = rows[value]["BatchSize"] * rows[value]["MaxConcurrency"] / float(value)
            if seconds > function["Timeout"] - UNPACED_SECONDS:
                yield f"{name}: a batch at {value} a second cannot finish before the timeout"


def _rules(template: Template) -> Faults:
    rules = list(of_type(template, "AWS::Events::Rule"))
    if not rules:
        yield "nothing announces uploads"
    for name, rule in rules:
        for target in rule["Targets"]:
            if "RetryPolicy" not in target:
                yield f"{name} has no retry policy"
            if not _may_send(template, name, target["Arn"]):
                yield f"{name} may not send to its target"
            own = target.get("DeadLetterConfig", {}).get("Arn")
            if _type(template, own) != "AWS::SQS::Queue":
                yield f"{name} has no dead-letter queue"
            elif not _may_send(template, name, own):
                yield f"{name} may not send to its dead-letter queue"
            elif own in [_dead_letters_of(queue) for _, queue in of_type(template, "AWS::SQS::Queue")]:
                yield f"{name} has no dead-letter queue of its own"


def _may_send(template: Template, rule: str, queue: dict[str, Any]) -> bool:
    by_the_rule = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}
    return any(
        statement["Effect"] == "Allow"
        and statement["Action"] == "sqs:SendMessage"
        and statement.get("Condition") == by_the_rule
        for statement in _statements_on_queue(template, logical_name(queue))
    )


def _environment(template: Template) -> Faults:
    for name, function in of_type(template, "AWS::Lambda::Function"):
        given = {one for one in function["Environment"]["Variables"] if one.startswith(PREFIX)}
        known = {variable(field) for field in Settings.model_fields}
        needed = {variable(field) for field, about in Settings.model_fields.items() if about.is_required()}
        yield from (f"{name} is given {one}, which is not a setting" for one in sorted(given - known))
        yield from (f"{name} is not given {one}" for one in sorted(needed - given))


def _logs(template: Template) -> Faults:
    for name, function in of_type(template, "AWS::Lambda::Function"):
        group = function.get("LoggingConfig", {}).get("LogGroup")
        if not group or "RetentionInDays" not in find_resource(template, group):
            yield f"{name} logs for ever"


CHECKS: list[Callable[[Template], Faults]] = [
    _role,
    _bucket,
    _queues,
    _event_sources,
    _pace,
    _rules,
    _environment,
    _logs,
]


def dead_letter_queues(template: Template) -> Iterator[tuple[str, str]]:
    """Yield each dead-letter queue with the queue or the rule that it belongs to."""
    for name, queue in of_type(template, "AWS::SQS::Queue"):
        if own := _dead_letters_of(queue):
            yield logical_name(own), name
    for name, rule in of_type(template, "AWS::Events::Rule"):
        for target in rule["Targets"]:
            if own := target.get("DeadLetterConfig", {}).get("Arn"):
                yield logical_name(own), name


def _dead_letters_of(queue: dict[str, Any]) -> dict[str, Any] | None:
    return queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")


def _statements_on_queue(template: Template, queue: str) -> list[dict[str, Any]]:
    return [
        statement
        for _, policy in of_type(template, "AWS::SQS::QueuePolicy")
        if {"Ref": queue} in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
    ]


def allowed(documents: Any) -> Iterator[dict[str, Any]]:
    """Yield the statements that allow something, under any condition of the template."""
    for document in documents:
        for given in document["Statement"]:
            for statement in given["Fn::If"][1:] if "Fn::If" in given else [given]:
                if statement.get("Effect") == "Allow":
                    yield statement


def of_type(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource.get("Properties", {})


def logical_name(reference: dict[str, Any] | str) -> str:
    """Return the logical name in a Ref or a GetAtt, or a text as it is."""
    if isinstance(reference, str):
        return reference
    return reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]


def find_resource(template: Template, reference: dict[str, Any]) -> dict[str, Any]:
    return template["Resources"][logical_name(reference)]["Properties"]


def _type(template: Template, reference: dict[str, Any] | None) -> str | None:
    return template["Resources"].get(logical_name(reference), {}).get("Type") if reference else None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
