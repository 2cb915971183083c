"""Check how a bucket of S3 announces its changes: to the queue itself, or through a rule of EventBridge."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from imagesearch_ingest.adapters.aws.codes import COMMON, S3
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.codes import CREDENTIALS, SETTINGS
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.checks.queues_sqs import read_attributes
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient

CREATED = tuple(f"s3:ObjectCreated:{how}" for how in ("Put", "Post", "Copy", "CompleteMultipartUpload"))
REMOVED = ("s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated")
ALL_EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
_EVENTBRIDGE = "events.amazonaws.com"
DETAIL_TYPES = ("Object Created", "Object Deleted")
_EVENTS_CODES = {**COMMON, "AccessDeniedException": CREDENTIALS, "ResourceNotFoundException": SETTINGS}
_KINDS = ("QueueConfigurations", "TopicConfigurations", "LambdaFunctionConfigurations", "EventBridgeConfiguration")


def read_notifications(patient: Patient, bucket: str) -> Finding:
    """Return whether all changes of the bucket reach the queue."""
    configuration = _read(patient, bucket)
    if queues := _to_queue(patient, configuration):
        return _judge_events(patient, bucket, configuration, queues)
    if "EventBridgeConfiguration" in configuration:
        return fine("to EventBridge") if patient.stack else _find_rules(patient, bucket)
    if others := [kind for kind in ("TopicConfigurations", "LambdaFunctionConfigurations") if configuration.get(kind)]:
        return unknown(f"{bucket} announces to {' and '.join(others)}; whether that ends in the queue cannot be seen")
    return broken(f"{bucket} announces nothing to the queue", _mend(patient, bucket, configuration))


def announces_to(patient: Patient, bucket: str) -> bool:
    """Return whether a bucket announces to the queue itself."""
    return bool(_to_queue(patient, _read(patient, bucket)))


def _read(patient: Patient, bucket: str) -> dict[str, Any]:
    def call() -> dict[str, Any]:
        with translate_errors(f"reading the notifications of s3://{bucket}", S3):
            found = patient.client("s3").get_bucket_notification_configuration(Bucket=bucket)
        return {kind: found[kind] for kind in _KINDS if kind in found}

    return patient.ask(f"notifications {bucket}", call)


def _to_queue(patient: Patient, configuration: dict[str, Any]) -> list[dict[str, Any]]:
    arn = _queue_arn(patient)
    return [one for one in configuration.get("QueueConfigurations", ()) if one.get("QueueArn") == arn]


def _queue_arn(patient: Patient) -> str | None:
    try:
        return read_attributes(patient, patient.queue_url, "queue").get("QueueArn")
    except (CannotSeeError, IngestError):
        return None


def _judge_events(
    patient: Patient, bucket: str, configuration: dict[str, Any], queues: list[dict[str, Any]]
) -> Finding:
    given = {event for one in queues for event in one["Events"]}
    wanted = CREATED if patient.settings.on_removed == "keep" else CREATED + REMOVED
    missing = [event for event in wanted if not _covers(given, event)]
    mend = _mend(patient, bucket, configuration)
    if missing:
        what = "creations only: removals never reach the index" if set(missing) == set(REMOVED) else "only a part"
        return broken(f"{bucket} announces {what}; missing: {', '.join(missing)}", mend)
    filters = [_filter_of(one) for one in queues]
    prefix = patient.settings.key_prefix
    if not any(prefix.startswith(one.prefix) or one.prefix.startswith(prefix) for one in filters):
        below = filters[0].prefix
        return broken(f"{bucket} announces keys below {below!r}, the settings take those below {prefix!r}", mend)
    only = "" if Filter() in filters else f", only for {' or '.join(sorted(map(str, set(filters))))}"
    return fine(f"to the queue: {', '.join(sorted(given))}{only}")


def _covers(given: Iterable[str], event: str) -> bool:
    return any(event == one or (one.endswith("*") and event.startswith(one[:-1])) for one in given)


class Filter(NamedTuple):
    """The keys for which a bucket announces."""

    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        return f"the keys {self.prefix}*{self.suffix}"

    def takes(self, key: str) -> bool:
        return key.startswith(self.prefix) and key.endswith(self.suffix)


def _filter_of(one: dict[str, Any]) -> Filter:
    rules = one.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    return Filter(**{rule["Name"].lower(): rule["Value"] for rule in rules})


def find_unannounced(patient: Patient, bucket: str, keys: Iterable[str]) -> list[str]:
    """Return the keys that no filter of the bucket's notifications to the queue takes."""
    filters = [_filter_of(one) for one in _to_queue(patient, _read(patient, bucket))]
    return [key for key in keys if filters and not any(one.takes(key) for one in filters)]


def _find_rules(patient: Patient, bucket: str) -> Finding:
    rules = find_rules(patient)
    return judge_rules(patient, bucket, rules) if rules else _no_rule(patient)


def _no_rule(patient: Patient) -> Finding:
    return broken(
        "no rule of EventBridge sends to the queue",
        fixes.aws("events", "put-targets", rule="RULE", targets=f"Id=queue,Arn={_queue_arn(patient)}"),
    )


def find_rules(patient: Patient) -> list[dict[str, Any]]:
    """Return the rules of EventBridge's default bus that send to the queue."""
    arn = _queue_arn(patient)
    if not arn:
        raise CannotSeeError("needs queue.exists")

    def call() -> list[dict[str, Any]]:
        client = patient.client("events")
        with translate_errors("reading the rules of EventBridge", _EVENTS_CODES):
            names = client.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
            return [client.describe_rule(Name=name) for name in names]

    return patient.ask("rules", call)


def check_rule(patient: Patient) -> Finding:
    """Look at the rule that sends a stack's uploads to its queue."""
    if patient.stack is None or announces_to(patient, str(patient.bucket)):
        return fine("not needed: the bucket notifies the queue, or bucket.announces has looked at its rule")
    rules = find_rules(patient)
    if not rules:
        return _no_rule(patient)
    return judge_rules(patient, str(patient.bucket), rules)


def judge_rules(patient: Patient, bucket: str, rules: Sequence[dict[str, Any]]) -> Finding:
    enabled = [rule for rule in rules if rule.get("State", "").startswith("ENABLED")]
    if not enabled:
        return broken(f"the rule {rules[0]['Name']} is disabled", f"aws events enable-rule --name {rules[0]['Name']}")
    fix = "sam deploy  # the template's rule UploadRule announces creations and removals of the bucket"
    for rule in enabled:
        pattern = json.loads(rule.get("EventPattern") or "{}")
        names = pattern.get("detail", {}).get("bucket", {}).get("name")
        if names is not None and bucket not in names:
            continue
        wanted = DETAIL_TYPES[:1] if patient.settings.on_removed == "keep" else DETAIL_TYPES
        missing = [kind for kind in wanted if kind not in pattern.get("detail-type", wanted)]
        if missing:
            return broken(f"the rule {rule['Name']} does not send {', '.join(missing)}", fix)
        return fine(f"the rule {rule['Name']} sends to the queue")
    return broken(f"no rule that sends to the queue is about {bucket}", fix)


def check_policy(patient: Patient, bucket: str) -> Finding:
    """Look whether EventBridge may send to the queue. A bucket that notifies the queue itself is allowed by S3."""
    policy = json.loads(read_attributes(patient, patient.queue_url, "queue").get("Policy") or "{}")
    allowed = {service for one in policy.get("Statement", ()) for service in _services(one)}
    if "EventBridgeConfiguration" not in _read(patient, bucket) or _EVENTBRIDGE in allowed:
        return fine(f"allows {', '.join(sorted(allowed))}" if allowed else "no policy is needed")
    if any(rule.get("RoleArn") for rule in find_rules(patient)):
        return unknown("the rule sends with a role of its own")
    return broken(f"the policy of the queue does not let {_EVENTBRIDGE} send", "sam deploy  # it sets QueuePolicy")


def _services(statement: dict[str, Any]) -> list[str]:
    """Return the services that a statement allows."""
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, dict):
        return []
    found = principal.get("Service", [])
    return found if isinstance(found, list) else [found]


def _mend(patient: Patient, bucket: str, configuration: dict[str, Any]) -> str:
    """Return the command that announces all changes. What the bucket announces elsewhere stays as it is."""
    if patient.stack:
        return fixes.notify(bucket, configuration | {"EventBridgeConfiguration": {}})
    arn = _queue_arn(patient) or "ARN-of-the-queue"
    others = [one for one in configuration.get("QueueConfigurations", ()) if one.get("QueueArn") != arn]
    mine = {"QueueArn": arn, "Events": ALL_EVENTS}
    return fixes.notify(bucket, configuration | {"QueueConfigurations": [*others, mine]})
