"""What this project asks of the ways from a bucket to the function on Alibaba Cloud."""

from collections.abc import Iterator
from typing import Any

from tests.deployment import fc_limits
from tests.deployment.fc_deployment import Deployment, Properties

# SMQ's event notifications (user guide, OSS event notification, "Supported event types"), but for those of parts of
# uploads, of their abortion, and of changes of metadata alone, which no picture is the other for.
ANNOUNCED = {f"ObjectCreated:{call}" for call in ("PutObject", "PostObject", "CopyObject", "AppendObject")}
ANNOUNCED |= {"ObjectCreated:CompleteMultipartUpload", "ObjectCreated:PutSymlink"}
ANNOUNCED |= {"ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects"}
ANNOUNCED |= {f"ObjectReplication:Object{change}" for change in ("Created", "Modified", "Removed")}
ANNOUNCED |= {"ObjectRestore:FinishRestore"}
# Function Compute's OSS triggers have the same but for the last (user guide, OSS triggers, "Supported event types").
TRIGGERING = {f"oss:{name}" for name in ANNOUNCED if not name.startswith("ObjectRestore:")}
PUSH_SECONDS = 300  # (user guide, Advanced features of triggers, "Invocation methods")
BATCH_RANGES = [("CountBasedWindow", 1, 10000, 1), ("TimeBasedWindow", 0, 15, 1)]
# The other policy of an event stream gives up after three attempts, within a minute; one that tolerates nothing then
# stands still until it is started by hand (EventBridge user guide, Retry policies and dead-letter queues).
RETRIES = "EXPONENTIAL_DECAY_RETRY"

Faults = Iterator[str]


def faults(deployment: Deployment) -> Faults:
    if not deployment.triggers:
        yield "nothing triggers the function"
    for trigger in deployment.triggers:
        config = trigger.get("triggerConfig", {})
        match trigger.get("triggerType"):
            case "eventbridge":
                yield from _stream(deployment, config)
                yield from _notification(deployment, deployment.notification or {})
            case "oss":
                yield from _events(config.get("events", []), TRIGGERING)
                yield from _oss_trigger(deployment, config)


def _stream(deployment: Deployment, config: Properties) -> Faults:
    source = _at(config, "eventSourceConfig", "eventSourceParameters", "sourceMNSParameters", "QueueName")
    options = config.get("runOptions", {})
    dead_letters = _queue(deployment, "INGEST_DEAD_LETTER_QUEUE_URL")
    if _at(config, "eventSourceConfig", "eventSourceType") != "MNS" or source != _queue(deployment, "INGEST_QUEUE_URL"):
        yield "what the function sends again goes to another queue than the stream's"
    if config.get("asyncInvocationType") is not False:
        yield "the stream does not wait for an answer, so that nothing can hold it up"
    if options.get("mode") != "event-streaming":
        yield "the stream does not batch"
    if options.get("errorsTolerance") != "NONE":
        yield "the stream tolerates errors: an outage would drop uploads"
    if _at(options, "retryStrategy", "PushRetryStrategy") != RETRIES:
        yield f"the stream's retry policy is not {RETRIES}: it would stand still after a minute"
    if not str(_at(options, "deadLetterQueue", "Arn")).endswith(f":/queues/{dead_letters}"):
        yield "the stream has no dead-letter queue, or another one"
    if not _at(config, "eventSinkConfig", "deliveryOption", "concurrency"):
        yield "the stream has no concurrency of its own"
    yield from fc_limits.out_of_range(options.get("batchWindow", {}), BATCH_RANGES)
    if deployment.function.get("timeout", 0) > PUSH_SECONDS:
        yield f"the function may take longer than the {PUSH_SECONDS} s that the stream waits"
    queue = deployment.queues.get(str(source), {})
    if queue.get("VisibilityTimeout", 30) < 6 * deployment.function.get("timeout", 0):
        yield "the queue hides messages for less than six times the function's timeout"


def _notification(deployment: Deployment, rule: Properties) -> Faults:
    yield from _events(rule.get("EventTypes", []), ANNOUNCED)
    if rule.get("Endpoint") != {"EndpointType": "queue", "EndpointValue": _queue(deployment, "INGEST_QUEUE_URL")}:
        yield "the notifications do not go to the queue"
    bucket = deployment.function["environmentVariables"].get("INGEST_BUCKET")
    for match in (one for matches in rule.get("MatchRules", [[{}]]) for one in matches):
        if f":{bucket}/" not in match.get("Prefix", "") or match.get("MatchState") is not True:
            yield "the notifications are not of the bucket alone"


def _oss_trigger(deployment: Deployment, config: Properties) -> Faults:
    """Invocations are asynchronous: their failures go where the function's asynchronous configuration says."""
    variables = deployment.function.get("environmentVariables", {})
    if "INGEST_QUEUE_URL" in variables:
        yield "there is no queue to send anything back to"
    if {"prefix", "suffix"} != _at(config, "filter", "key", default={}).keys():
        yield "the filter needs both prefix and suffix"
    for trigger in deployment.triggers:
        if not trigger.get("sourceArn", "").endswith(f":{variables.get('INGEST_BUCKET')}"):
            yield "the trigger is another bucket's"
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
