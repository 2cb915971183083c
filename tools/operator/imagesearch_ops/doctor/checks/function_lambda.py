"""Check the function on Lambda and its event source."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest import __version__
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.events import lenient_json
from imagesearch_ingest.images.policy import PREPARATION
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import variable
from imagesearch_ops.cloudwatch import CODES
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.announcing_s3 import check_rule
from imagesearch_ops.doctor.checks.metrics import check_errors, check_oldest, find_function
from imagesearch_ops.doctor.checks.queues_sqs import read_attributes
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.rates import own_adds

_MOST_EVENTS = 50
_PARTIAL = "ReportBatchItemFailures"
_DEPLOY = "sam build && sam deploy"


def check_state(patient: Patient) -> Finding:
    try:
        found = find_function(patient)
    except IngestError as error:
        if error.service_code == "ResourceNotFoundException":
            return broken(f"the stack names the function {patient.function_name}, which does not exist", _DEPLOY)
        raise
    for field, good in (("State", "Active"), ("LastUpdateStatus", "Successful")):
        value = found.get(field, good)
        if value == "Inactive":
            return fine("Inactive: nothing has invoked it for weeks; the next upload wakes it")
        if value in {"Pending", "InProgress"}:
            return unknown(f"{field} is {value}", "Wait a minute, then repeat.")
        if value != good:
            return broken(f"{field} is {value}: {found.get(f'{field}Reason') or 'no reason given'}", _DEPLOY)
    return fine(f"{found.get('FunctionName')}, {found.get('Timeout')} s, {found.get('MemorySize')} MB")


def check_environment(patient: Patient) -> Finding:
    """Compare the function's variables with the outputs of its stack."""
    variables = find_function(patient).get("Environment", {}).get("Variables", {})
    outputs = patient.stack.outputs if patient.stack else {}
    names = {"queue_url": "QueueUrl", "dead_letter_queue_url": "DeadLetterQueueUrl", "bucket": "BucketName"}
    wrong = [
        f"{variable(field)} is {variables.get(variable(field), 'not set')}, the stack has {outputs[output]}"
        for field, output in names.items()
        if outputs.get(output) and variables.get(variable(field)) != outputs[output]
    ]
    if wrong:
        return broken("; ".join(wrong), f"{_DEPLOY}  # somebody has changed the variables since")
    return fine(f"{len(variables)} variables, as the stack sets them")


def find_sources(patient: Patient) -> list[dict[str, Any]]:
    """Return the mappings that hand the queue's messages to the function."""
    name = find_function(patient)["FunctionName"]
    arn = read_attributes(patient, patient.queue_url, "queue").get("QueueArn")

    def call() -> list[dict[str, Any]]:
        with translate_errors(f"reading the event sources of {name}", CODES):
            found = patient.client("lambda").list_event_source_mappings(FunctionName=name, EventSourceArn=arn)
        return list(found["EventSourceMappings"])

    return patient.ask("sources", call)


def check_source(patient: Patient) -> Finding:
    found = find_sources(patient)
    if not found:
        return broken("no event source: nothing takes the messages of the queue", _DEPLOY)
    source = found[0]
    update = f"aws lambda update-event-source-mapping --uuid {source['UUID']}"
    if source.get("State") in {"Disabled", "Disabling"}:
        return broken("the event source is disabled: every upload waits", f"{update} --enabled")
    if _PARTIAL not in source.get("FunctionResponseTypes", ()):
        return broken(
            f"without {_PARTIAL}, one record that waits repeats its whole batch",
            f"{update} --function-response-types {_PARTIAL}",
        )
    if "PROBLEM" in str(source.get("LastProcessingResult", "")).upper():
        return broken(f"the last poll failed: {source['LastProcessingResult']}", _DEPLOY)
    return fine(f"{source.get('State')}, batches of up to {source.get('BatchSize')}")


def check_batches(patient: Patient) -> Finding:
    """Compare the largest batch with what one worker adds within the function's timeout."""
    sources = find_sources(patient)
    if not sources:
        raise CannotSeeError("needs function.source")
    size, timeout = int(sources[0].get("BatchSize") or 0), int(find_function(patient).get("Timeout") or 0)
    share = own_adds(patient.settings) / patient.settings.max_concurrency
    seconds = size / share
    if timeout and seconds > timeout:
        fitting = max(1, int(share * timeout * 0.8))
        return broken(
            f"a batch of {size} takes {seconds:.0f} s at {share:g} adds/s per worker; the timeout is {timeout} s",
            f"aws lambda update-event-source-mapping --uuid {sources[0]['UUID']} --batch-size {fitting}",
        )
    return fine(f"{size} messages take {seconds:.0f} s of {timeout} s")


def check_concurrency(patient: Patient) -> Finding:
    """Compare how many workers can run with how many the settings divide the rate by."""
    name, expected = find_function(patient)["FunctionName"], patient.settings.max_concurrency
    with translate_errors(f"reading the concurrency of {name}", CODES):
        answer = patient.client("lambda").get_function_concurrency(FunctionName=name)
    reserved = answer.get("ReservedConcurrentExecutions")
    if reserved == 0:
        return broken(
            "its reserved concurrency is 0: it never runs",
            fixes.aws("lambda", "delete-function-concurrency", function_name=name),
        )
    allowed = [source.get("ScalingConfig", {}).get("MaximumConcurrency") for source in find_sources(patient)[:1]]
    limits = [limit for limit in (reserved, *allowed) if limit]
    if not limits:
        return broken(
            f"nothing limits the workers, and each takes 1/{expected} of the rate ({variable('max_concurrency')})",
            _DEPLOY,
        )
    if min(limits) > expected:
        return broken(
            f"{min(limits)} workers may run, and {variable('max_concurrency')} is {expected}: the quota is exceeded",
            fixes.set_setting(patient, "max_concurrency", str(min(limits))),
        )
    return fine(f"{min(limits)} workers; the settings share the rate by {expected}")


def check_release(patient: Patient) -> Finding:
    """Compare the release and the rule in the function's latest line "start" with this tool's."""
    outputs = patient.stack.outputs if patient.stack else {}
    group = outputs.get("LogGroupName")
    if (release := outputs.get("Release")) and release != __version__:
        same = outputs.get("Preparation") in (None, str(PREPARATION))
        detail = f"the stack has release {release}, this tool is {__version__}"
        return fine(detail) if same else broken(f"{detail}: pictures are prepared in another way", _upgrade(release))
    if not group:
        raise CannotSeeError("the log group is not known")
    since = int((datetime.now(UTC) - timedelta(days=14)).timestamp() * 1000)
    with translate_errors(f"reading the log {group}", CODES):
        found = patient.client("logs").filter_log_events(
            logGroupName=group, startTime=since, filterPattern='"pipeline_fingerprint"', limit=_MOST_EVENTS
        )
    lines = [_read_line(event["message"]) for event in found.get("events", [])]
    starts = [line for line in lines if "pipeline_fingerprint" in line]
    if not starts:
        return unknown("no line of a start within 14 days")
    return _compare(patient, starts[-1])


def _upgrade(release: str) -> str:
    return f"pipx install imagesearch-ingest=={release}  # or {_DEPLOY}"


def _read_line(text: str) -> dict[str, Any]:
    try:
        line = lenient_json.load(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _compare(patient: Patient, start: Mapping[str, Any]) -> Finding:
    release = start.get("release")
    mine = {"rule": patient.settings.rule_fingerprint(), "preparation": patient.settings.preparation_fingerprint()}
    differing = [name for name, value in mine.items() if start.get(name) not in (None, value)]
    if differing and release != __version__:
        return broken(
            f"the function runs release {release}, this tool is {__version__}: {' and '.join(differing)} differ",
            _upgrade(str(release)),
        )
    if differing:
        return unknown(f"{' and '.join(differing)} have changed since its last start", "Repeat after the next upload.")
    other = "" if release == __version__ else f"; this tool is {__version__}, with the same rule and preparation"
    return fine(f"release {release}{other}")


_DEPENDS = ("deployment.found", "identity.aws")
_METRICS = "cloudwatch:GetMetricStatistics"
_RULE_ACTIONS = "events:ListRuleNamesByTarget, events:DescribeRule, events:ListTargetsByRule"
WAY = [
    Check("bucket.rule", check_rule, ("bucket.exists",), _RULE_ACTIONS),
    Check("queue.oldest", check_oldest, ("queue.exists",), _METRICS),
]
FUNCTION = [
    Check("function.state", check_state, _DEPENDS, "lambda:GetFunctionConfiguration"),
    Check("function.environment", check_environment, ("function.state",), "lambda:GetFunctionConfiguration"),
    Check("function.source", check_source, ("function.state", "queue.exists"), "lambda:ListEventSourceMappings"),
    Check("function.batches", check_batches, ("function.source",), "lambda:ListEventSourceMappings"),
    Check("function.concurrency", check_concurrency, ("function.state",), "lambda:GetFunctionConcurrency"),
    Check("function.release", check_release, ("function.state",), "logs:FilterLogEvents"),
    Check("function.errors", check_errors, ("function.state",), _METRICS),
]
