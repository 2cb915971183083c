"""Check the function on Function Compute, and the trigger that hands it the messages of the queue.

Field names are those of the API's models (Function Compute 2023-03-30, GetFunction and ListTriggers).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.events import lenient_json
from imagesearch_ingest.settings import variable
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.openapi import FC_VERSION, call_roa
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.rates import own_adds

_LONGEST_SECONDS = 300  # after which a stream abandons an invocation
_DEPLOY = "aliyun ros UpdateStack  # of template.ros.yaml as it is, or: s deploy -t s.yaml"
_PATIENT_RETRIES = "EXPONENTIAL_DECAY_RETRY"


def find_function(patient: Patient) -> Mapping[str, Any]:
    """Return the function's description. Raise ``CannotSeeError`` or ``IngestError``."""
    if patient.function is not None:
        return patient.function
    if patient.function_error:
        raise patient.function_error
    raise CannotSeeError("the function is not known; name it with --function REGION/NAME")


def check_state(patient: Patient) -> Finding:
    found = find_function(patient)
    for field, good in (("state", "Active"), ("lastUpdateStatus", "Successful")):
        value = found.get(field) or good
        if value in {"Pending", "InProgress"}:
            return unknown(f"{field} is {value}", "Wait a minute, then repeat.")
        if value != good:
            return broken(f"{field} is {value}: {found.get(f'{field}Reason') or 'no reason given'}", _DEPLOY)
    return fine(f"{found.get('functionName')}, {found.get('timeout')} s, {found.get('memorySize')} MB")


def check_timeout(patient: Patient) -> Finding:
    seconds = int(find_function(patient).get("timeout") or 0)
    if not seconds:
        raise CannotSeeError("the function's timeout is not told")
    if seconds >= _LONGEST_SECONDS:
        return broken(f"{seconds} s; a stream abandons an invocation after {_LONGEST_SECONDS} s", _DEPLOY)
    return fine(f"{seconds} s")


def find_triggers(patient: Patient) -> list[dict[str, Any]]:
    """Return the configurations of the triggers that read the queue, or of OSS triggers if there is no queue."""
    name, region = str(find_function(patient)["functionName"]), patient.environ.get("FC_REGION", "")
    path = f"/functions/{quote(name, safe='')}/triggers"
    body = patient.ask(
        "triggers", lambda: call_roa(patient, f"fcv3.{region}.aliyuncs.com", FC_VERSION, "ListTriggers", path)
    )
    found = [(one.get("triggerType"), _read(one.get("triggerConfig"))) for one in body.get("triggers") or ()]
    if not patient.queue_url:
        return [config for kind, config in found if kind == "oss"]
    queue = SmqAddress.parse(patient.queue_url.rstrip("/")).name
    return [config for kind, config in found if kind == "eventbridge" and _dig(config, *_QUEUE_NAME) == queue]


_QUEUE_NAME = ("eventSourceConfig", "eventSourceParameters", "sourceMNSParameters", "QueueName")


def _read(config: object) -> dict[str, Any]:
    """Return the configuration, which the API sends as a text."""
    try:
        content = lenient_json.load(config) if isinstance(config, str) else config
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _dig(content: object, *names: str) -> Any:  # noqa: ANN401 - any JSON
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def check_source(patient: Patient) -> Finding:
    found = find_triggers(patient)
    if not found:
        return broken("no trigger hands the uploads to the function", _DEPLOY)
    if not patient.queue_url:
        return fine("a trigger of OSS")
    config = found[0]
    if config.get("triggerEnable") is False:
        return broken("the trigger is disabled: every upload waits", _DEPLOY)
    options = config.get("runOptions") or {}
    if options.get("errorsTolerance") == "ALL" and not _dig(options, "deadLetterQueue", "Arn"):
        return broken("errorsTolerance is ALL without a dead-letter queue: failed events are discarded", _DEPLOY)
    if (retries := _dig(options, "retryStrategy", "PushRetryStrategy")) not in (None, _PATIENT_RETRIES):
        return broken(f"{retries} stops the stream within a minute of failures; use {_PATIENT_RETRIES}", _DEPLOY)
    return fine("a stream of EventBridge")


def check_batches(patient: Patient) -> Finding:
    """Compare the largest array with what one worker adds within the function's timeout."""
    size = next((_dig(one, "runOptions", "batchWindow", "CountBasedWindow") for one in find_triggers(patient)), None)
    timeout = int(find_function(patient).get("timeout") or 0)
    if not size or not timeout:
        raise CannotSeeError("the trigger tells no size of its batches")
    share = own_adds(patient.settings) / patient.settings.max_concurrency
    seconds = int(size) / share
    if seconds > timeout:
        fitting = max(1, int(share * timeout * 2 / 3))
        return broken(
            f"a batch of {size} takes {seconds:.0f} s at {share:g} adds/s per worker; the timeout is {timeout} s",
            f"{_DEPLOY}; with s.yaml, set BATCH_SIZE={fitting} in .env before",
        )
    return fine(f"{size} messages take {seconds:.0f} s of {timeout} s")


def check_concurrency(patient: Patient) -> Finding:
    """Compare how many workers can run with how many the settings divide the rate by."""
    expected = patient.settings.max_concurrency
    limit = next(
        (_dig(one, "eventSinkConfig", "deliveryOption", "concurrency") for one in find_triggers(patient)), None
    )
    if not limit:
        raise CannotSeeError("the trigger tells no concurrency")
    if int(limit) > expected:
        return broken(
            f"{limit} workers may run, and {variable('max_concurrency')} is {expected}: the quota is exceeded",
            fixes.set_setting(patient, "max_concurrency", str(limit)),
        )
    return fine(f"{limit} workers; the settings share the rate by {expected}")


_KNOWN = ("function.state",)
FC_FUNCTION = [
    Check("function.state", check_state, ("deployment.region",), "fc:GetFunction"),
    Check("function.timeout", check_timeout, _KNOWN, "fc:GetFunction"),
    Check("function.source", check_source, _KNOWN, "fc:ListTriggers"),
    Check("function.batches", check_batches, _KNOWN, "fc:ListTriggers"),
    Check("function.concurrency", check_concurrency, _KNOWN, "fc:ListTriggers"),
]
