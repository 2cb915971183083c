"""The project's rules for the triggers and notifications between bucket and function on Alibaba Cloud."""

import math
from collections.abc import Iterator
from typing import Any

from tests.deployment import fc_limits
from tests.deployment.fc_deployment import Deployment, Properties

# The event types of SMQ's notifications (user guide, OSS event notification, "Supported event types"), without those of
# upload parts, aborted uploads and changes of metadata only, which do not change a picture.
ANNOUNCED = {f"ObjectCreated:{call}" for call in ("PutObject", "PostObject", "CopyObject", "AppendObject")}
ANNOUNCED |= {"ObjectCreated:CompleteMultipartUpload", "ObjectCreated:PutSymlink"}
ANNOUNCED |= {"ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects"}
ANNOUNCED |= {f"ObjectReplication:Object{change}" for change in ("Created", "Modified", "Removed")}
ANNOUNCED |= {"ObjectRestore:FinishRestore"}
# OSS triggers of Function Compute lack the last one (user guide, OSS triggers, "Supported event types").
TRIGGERING = {f"oss:{name}" for name in ANNOUNCED if not name.startswith("ObjectRestore:")}
PUSH_SECONDS = 300  # (user guide, Advanced features of triggers, "Invocation methods")
BATCH_RANGES = [("CountBasedWindow", 1, 10000, 1), ("TimeBasedWindow", 0, 15, 1)]
# The other retry policy of a stream ends after three attempts, within a minute. A stream that tolerates no errors then
# stops until a person starts it (EventBridge user guide, Retry policies and dead-letter queues).
RETRIES = "EXPONENTIAL_DECAY_RETRY"
SCHEMA = ("eventSinkConfig", "deliveryOption", "eventSchema")

Faults = Iterator[str]


def faults(deployment: Deployment) -> Faults:
    if not deployment.triggers:
        yield "nothing triggers the function"
    for trigger in deployment.triggers:
        if trigger.get("qualifier", "LATEST") != "LATEST":
            yield "the trigger invokes another version than the latest"
        config = trigger.get("triggerConfig", {})
        match trigger.get("triggerType"):
            case "eventbridge":
                yield from _stream(deployment, config)
                yield from _reading(deployment, config)
            case "oss":
                yield from _events(config.get("events", []), TRIGGERING)
                yield from _oss_trigger(deployment, config)


def _stream(deployment: Deployment, config: Properties) -> Faults:
    source = _at(config, "eventSourceConfig", "eventSourceParameters", "sourceMNSParameters", "QueueName")
    options = config.get("runOptions", {})
    dead_letters = _queue(deployment, "INGEST_DEAD_LETTER_QUEUE_URL")
    if _at(config, "eventSourceConfig", "eventSourceType") != "MNS" or source != _queue(deployment, "INGEST_QUEUE_URL"):
        yield "the function requeues to another queue than the stream's"
    if config.get("asyncInvocationType") is not False:
        yield "the stream does not wait for an answer, so a failure cannot stop it"
    if options.get("mode") != "event-streaming":
        yield "the stream does not batch"
    if options.get("errorsTolerance") != "NONE":
        yield "the stream tolerates errors: an outage would drop uploads"
    if _at(options, "retryStrategy", "PushRetryStrategy") != RETRIES:
        yield f"the stream's retry policy is not {RETRIES}: it would stop after a minute"
    if not str(_at(options, "deadLetterQueue", "Arn")).endswith(f":/queues/{dead_letters}"):
        yield "the stream has no dead-letter queue, or another one"
    if not _at(config, "eventSinkConfig", "deliveryOption", "concurrency"):
        yield "the stream has no concurrency of its own"
    yield from fc_limits.out_of_range(options.get("batchWindow", {}), BATCH_RANGES)
    if deployment.function.get("timeout", 0) > PUSH_SECONDS:
        yield f"the function may take longer than the {PUSH_SECONDS} s that the stream waits"


def _reading(deployment: Deployment, config: Properties) -> Faults:
    """Yield what is wrong with what the stream reads, and with the form in which it hands it over."""
    if config.get("triggerEnable") is not True or config.get("eventRuleFilterPattern") != "{}":
        yield "the stream is off, or passes over messages"
    parameters = _at(config, "eventSourceConfig", "eventSourceParameters", "sourceMNSParameters", default={})
    if deployment.region and parameters.get("RegionId") != deployment.region:
        yield "the stream reads in another region"
    if parameters.get("IsBase64Decode") is not True or _at(config, *SCHEMA) != "CloudEvents":
        yield "the stream hands over another form of messages than the function reads"


def hiding(deployment: Deployment) -> Faults:
    """Yield that the queue shows a message again while the function may still work on it."""
    queue = deployment.queues.get(_queue(deployment, "INGEST_QUEUE_URL"), {"VisibilityTimeout": math.inf})
    if queue.get("VisibilityTimeout", 30) < 6 * deployment.function.get("timeout", 0):
        yield "the queue hides messages for less than six times the function's timeout"


def announcing(deployment: Deployment) -> Faults:
    """Yield what is wrong with how the bucket announces to the queue of a stream."""
    rule = deployment.notification or {}
    if all(trigger.get("triggerType") != "eventbridge" for trigger in deployment.triggers):
        return
    yield from _events(rule.get("EventTypes", []), ANNOUNCED)
    if rule.get("Endpoint") != {"EndpointType": "queue", "EndpointValue": _queue(deployment, "INGEST_QUEUE_URL")}:
        yield "the notifications do not go to the queue"
    bucket = deployment.function["environmentVariables"].get("INGEST_BUCKET")
    for match in (one for matches in rule.get("MatchRules", [[{}]]) for one in matches):
        if f":{bucket}/" not in match.get("Prefix", "") or match.get("MatchState") is not True:
            yield "the notifications are not only from the bucket"


def _oss_trigger(deployment: Deployment, config: Properties) -> Faults:
    """Yield faults of an OSS trigger. It invokes asynchronously, so failures go to the configured destination."""
    variables = deployment.function.get("environmentVariables", {})
    if "INGEST_QUEUE_URL" in variables:
        yield "INGEST_QUEUE_URL is set, but there is no queue"
    if {"prefix", "suffix"} != _at(config, "filter", "key", default={}).keys():
        yield "the filter needs both prefix and suffix"
    for trigger in deployment.triggers:
        if not trigger.get("sourceArn", "").endswith(f":{variables.get('INGEST_BUCKET')}"):
            yield "the trigger belongs to another bucket"
    asynchronous = deployment.async_config or {}
    yield from fc_limits.out_of_range(asynchronous, fc_limits.ASYNC_RANGES)
    failures = _at(asynchronous, "destinationConfig", "onFailure", "destination")
    if not str(failures).endswith(f":/queues/{_queue(deployment, 'INGEST_DEAD_LETTER_QUEUE_URL')}/messages"):
        yield "failed invocations do not go to the dead-letter queue"


def _events(given: list[str], wanted: set[str]) -> Faults:
    yield from (f"{name} is a wildcard" for name in given if "*" in name or name.endswith(":All"))
    yield from (f"{name} is not listened to" for name in sorted(wanted - set(given)))
    yield from (f"{name} changes no picture" for name in sorted(set(given) - wanted))


def _queue(deployment: Deployment, variable: str) -> str:
    url: str = deployment.function.get("environmentVariables", {}).get(variable, "")
    return url.rpartition("/")[2]


def _at(value: Any, *path: str, default: Any = None) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return default if value is None else value
