"""The project's rules for its template that no linter checks. They apply to CloudFormation as SAM renders it."""

from collections.abc import Callable, Iterator
from typing import Any

from imagesearch_ingest.settings import PREFIX, Settings, variable
from tests.deployment.cloudformation import RefusedError, Stack

MAX_RECEIVE_COUNT = 1000
READS_OF_THE_SOURCE = {"s3:GetObject", "s3:ListBucket"}
EXTRA_SETTINGS = "INGEST_EXTRA_SETTINGS"

Template = dict[str, Any]
Faults = Iterator[str]


def faults(template: Template) -> list[str]:
    """Return every broken rule as text; none for a template that may be deployed."""
    return [fault for check in CHECKS for fault in check(template)]


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
        for statement in statements_on_queue(template, logical_name(queue))
    )


def _environment(template: Template) -> Faults:
    for name, function in of_type(template, "AWS::Lambda::Function"):
        given = {one for one in function["Environment"]["Variables"] if one.startswith(PREFIX)}
        known = {variable(field) for field in Settings.model_fields} | {EXTRA_SETTINGS}
        needed = {variable(field) for field, about in Settings.model_fields.items() if about.is_required()}
        yield from (f"{name} is given {one}, which is not a setting" for one in sorted(given - known))
        yield from (f"{name} is not given {one}" for one in sorted(needed - given))


def _credentials(template: Template) -> Faults:
    try:
        Stack(template, InstanceName="shop")
    except RefusedError as error:
        if str(error).startswith("Credentials: "):
            return
    yield "the template deploys without credentials"


CHECKS: list[Callable[[Template], Faults]] = [
    _event_sources,
    _rules,
    _environment,
    _credentials,
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


def statements_on_queue(template: Template, queue: str) -> list[dict[str, Any]]:
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
