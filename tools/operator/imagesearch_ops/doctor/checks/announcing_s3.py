"""Check how a bucket of S3 announces its changes: to the queue itself, or through a rule of EventBridge."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from imagesearch_ingest.adapters.aws.codes import EVENTS, S3
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.watch.findings import Finding as WatchFinding
from imagesearch_ingest.watch.findings import Kind
from imagesearch_ingest.watch.queue_policy import SENDER, find_services, may_send
from imagesearch_ingest.watch.rule import Wanted, Way, is_about, judge_rule, judge_targets, read_prefixes
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.checks.queues_sqs import read_attributes
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient

CREATED = tuple(f"s3:ObjectCreated:{how}" for how in ("Put", "Post", "Copy", "CompleteMultipartUpload"))
REMOVED = ("s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated")
ALL_EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
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
        with translate_errors("reading the rules of EventBridge", EVENTS):
            names = client.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
            return [_read_rule(client, name) for name in names]

    return patient.ask("rules", call)


def _read_rule(client: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - botocore's clients are made at run time
    return {**client.describe_rule(Name=name), "Targets": client.list_targets_by_rule(Rule=name)["Targets"]}


def check_rule(patient: Patient) -> Finding:
    """Look at the rule that sends a stack's uploads to its queue."""
    if patient.stack is None or announces_to(patient, str(patient.bucket)):
        return fine("not needed: the bucket notifies the queue, or bucket.announces has looked at its rule")
    rules = find_rules(patient)
    if not rules:
        return _no_rule(patient)
    return judge_rules(patient, str(patient.bucket), rules)


def judge_rules(patient: Patient, bucket: str, rules: Sequence[dict[str, Any]]) -> Finding:
    """Judge the rules as the function that watches the deployment does: one that sends everything is enough."""
    about = [rule for rule in rules if is_about(rule, bucket)]
    if not about:
        return broken(f"no rule that sends to the queue is about {bucket}", _show_rule(rules[0]))
    wanted = Wanted(bucket, _find_prefixes(patient), takes_removals=patient.settings.on_removed == "delete")
    judged = [(rule["Name"], _judge_way(rule, wanted, str(_queue_arn(patient)))) for rule in about]
    for name, found in judged:
        if found is None:
            return fine(f"the rule {name} sends to the queue")
    found = next((one for _, one in judged if one and one.kind is Kind.REMARK), judged[0][1])
    assert found is not None  # noqa: S101 - each has a finding
    return broken(found.detail, found.to_do) if found.kind is Kind.FAULT else unknown(found.detail, found.to_do)


def _judge_way(rule: dict[str, Any], wanted: Wanted, queue_arn: str) -> WatchFinding | None:
    return judge_rule(rule, wanted) or judge_targets(rule["Targets"], Way(wanted, rule["Arn"], queue_arn))


def _show_rule(rule: dict[str, Any]) -> str:
    return fixes.aws("events", "describe-rule", name=rule["Name"])


def _find_prefixes(patient: Patient) -> tuple[str, ...]:
    """Return the prefixes of the stack's rule. How other rules choose keys is their owner's matter."""
    given = patient.stack.parameters.get("KeyPrefix") if patient.stack else None
    return () if given is None else read_prefixes(given)


def check_policy(patient: Patient, bucket: str) -> Finding:
    """Look whether EventBridge may send to the queue. A bucket that notifies the queue itself is allowed by S3."""
    queue = read_attributes(patient, patient.queue_url, "queue")
    policy, arn = json.loads(queue.get("Policy") or "{}"), queue["QueueArn"]
    allowed = sorted(find_services(policy))
    if "EventBridgeConfiguration" not in _read(patient, bucket):
        return fine(f"allows {', '.join(allowed)}" if allowed else "no policy is needed")
    rules = _find_rules_if_allowed(patient)
    if any(may_send(policy, queue_arn=arn, rule_arn=rule["Arn"]) for rule in rules) or (
        not rules and SENDER in allowed
    ):
        return fine(f"allows {', '.join(allowed)}")
    if any(rule.get("RoleArn") for rule in rules):
        return unknown("the rule sends with a role of its own")
    names = [rule["Arn"] for rule in rules]
    to_do = f"Allow sqs:SendMessage on {arn} to {SENDER}, with aws:SourceArn {' or '.join(names) or 'of the rule'}."
    return broken(f"the policy of the queue does not let {SENDER} send", to_do)


def _find_rules_if_allowed(patient: Patient) -> list[dict[str, Any]]:
    try:
        return find_rules(patient)
    except IngestError:
        return []


def _mend(patient: Patient, bucket: str, configuration: dict[str, Any]) -> str:
    """Return the command that announces all changes. What the bucket announces elsewhere stays as it is."""
    if patient.stack:
        return fixes.notify(bucket, configuration | {"EventBridgeConfiguration": {}})
    arn = _queue_arn(patient) or "ARN-of-the-queue"
    others = [one for one in configuration.get("QueueConfigurations", ()) if one.get("QueueArn") != arn]
    mine = {"QueueArn": arn, "Events": ALL_EVENTS}
    return fixes.notify(bucket, configuration | {"QueueConfigurations": [*others, mine]})
