"""Judge the rule of Alibaba Cloud's EventBridge that sends the events of a bucket of OSS to the queue.

Sources: EventBridge user guide, "OSS events" and "Event target parameters"; the references of GetRule, UpdateRule and
PutTargets. A condition that the template never makes is a remark: a person has written it on purpose.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.watch.findings import Finding, Kind, aliyun_command, fault
from imagesearch_ingest.watch.oss_pattern import Below, Exactly, PartOfEvent, judge_fields

SOURCE, BUS, QUEUE_TYPE = "acs.oss", "default", "acs.mns.queue"
# The names of the events as the template lists them. Restored objects are extra: the index has their pictures already.
CREATED = tuple(
    f"ObjectCreated:{how}"
    for how in ("PutObject", "PostObject", "CopyObject", "AppendObject", "CompleteMultipartUpload", "PutSymlink")
)
REPLICATED = ("ObjectReplication:ObjectCreated", "ObjectReplication:ObjectModified")
REMOVED = ("ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects", "ObjectReplication:ObjectRemoved")
RESTORED = ("ObjectRestore:FinishRestore",)
# From which OSS publishes its events (EventBridge user guide, "OSS events").
REGIONS = {"cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-zhangjiakou", "cn-shenzhen", "cn-chengdu"}
REGIONS |= {"ap-southeast-1", "ap-northeast-1", "ap-northeast-2", "us-west-1"}
_RULE_ARN = re.compile(
    r"acs:eventbridge:(?P<region>[a-z0-9-]+):(?P<account>\d+):eventbus/(?P<bus>[^/]+)/rule/(?P<name>[^/]+)"
)
_QUEUE = re.compile(r"acs:mns:(?P<region>[a-z0-9-]+):(?P<account>\d+):/?queues/(?P<name>[A-Za-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class OssWanted:
    """The events that must reach the queue.

    ``prefixes`` are those of the keys; "" means all keys. Region and account are the bucket's and the rule's.
    """

    bucket: str
    region: str
    account: str
    prefixes: tuple[str, ...] = ("",)
    takes_removals: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the events without which the index would differ from the bucket."""
        return (*CREATED, *REPLICATED, *(REMOVED if self.takes_removals else ()))

    @property
    def bucket_subject(self) -> str:
        """Return how the subject of each event of the bucket begins."""
        return f"acs:oss:{self.region}:{self.account}:{self.bucket}/"

    def describe(self, kind: str, prefix: str) -> PartOfEvent:
        """Return what is known of the events of one kind below one prefix."""
        return {
            "source": Exactly(SOURCE),
            "type": Exactly(f"oss:{kind}"),
            "subject": Below(f"{self.bucket_subject}{prefix}"),
            "data": {
                "eventName": Exactly(kind),
                "oss": {"bucket": {"name": Exactly(self.bucket)}, "object": {"key": Below(prefix)}},
            },
        }


@dataclass(frozen=True, slots=True)
class BridgeRule:
    """A rule, as GetRule answers it. ``targets`` keep their form."""

    name: str
    is_enabled: bool
    pattern: Mapping[str, Any]
    targets: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class OssRoute:
    """Where the bucket's events should go: by the rule ``rule`` on the bus ``bus`` to the queue of ``queue_arn``.

    ``dead_letters`` is the name of the queue for what the rule cannot deliver, beside the other queue.
    """

    wanted: OssWanted
    bus: str
    rule: str
    queue_arn: str
    dead_letters: str | None = None


def read_route(rule_arn: str, queue_arn: str, bucket: str, prefixes: str, *, takes_removals: bool) -> OssRoute:
    """Return the route of a deployment. Prefixes have commas between them. Raise ``ValueError`` for a wrong ARN."""
    rule, queue = _RULE_ARN.fullmatch(rule_arn), _QUEUE.fullmatch(queue_arn)
    if not rule:
        raise ValueError(f"{rule_arn!r} is not acs:eventbridge:REGION:ACCOUNT:eventbus/BUS/rule/NAME")
    if not queue:
        raise ValueError(f"{queue_arn!r} is not acs:mns:REGION:ACCOUNT:queues/NAME")
    wanted = OssWanted(bucket, rule["region"], rule["account"], tuple(prefixes.split(",")), takes_removals)
    return OssRoute(wanted, rule["bus"], rule["name"], queue_arn)


def judge_rule(rule: BridgeRule, route: OssRoute) -> Finding | None:
    """Return the first fault of a rule, or else a remark, or ``None`` if it sends every wanted event."""
    name = {"EventBusName": route.bus, "RuleName": rule.name}
    if not rule.is_enabled:
        return fault(f"the rule {rule.name} is disabled", aliyun_command("eventbridge", "EnableRule", **name))
    missing, unknown = _judge_pattern(rule.pattern, route.wanted)
    if missing:
        given = name | {"Status": "ENABLE", "FilterPattern": _mend(rule.pattern, route.wanted)}
        update = aliyun_command("eventbridge", "UpdateRule", **given)
        return fault(f"the rule {rule.name} does not send {', '.join(missing)}", update)
    if unknown:
        detail = f"the rule {rule.name} may not send everything, by its condition on {', '.join(unknown)}"
        return Finding(Kind.REMARK, detail, aliyun_command("eventbridge", "GetRule", **name))
    return None


def judge_targets(rule: BridgeRule, route: OssRoute) -> Finding | None:
    """Return the fault of a rule whose targets lack the queue, or change what it gets."""
    own = next((one for one in rule.targets if _is_queue(one, route.queue_arn)), None)
    if own is None:
        return fault(f"the rule {rule.name} does not send to the queue", _put_target(route, {}))
    forms = [one.get("Form") for one in own.get("ParamList") or () if one.get("ResourceKey") == "Body"]
    if changing := [form for form in forms if form != "ORIGINAL"]:
        detail = f"the rule {rule.name} changes the events: the Body of its target has the form {changing[0]}"
        return fault(detail, _put_target(route, own))
    return None


def judge_region(route: OssRoute) -> Finding | None:
    """Return the remark that OSS may not send its events from this region to EventBridge, whatever the rule says."""
    region = route.wanted.region
    if region in REGIONS:
        return None
    detail = f"OSS is not known to send events from {region} to EventBridge, so the rule {route.rule} may get none"
    return Finding(Kind.REMARK, detail, "Make a rule in the console of SMQ: docs/deploy-alibaba.md, Regions.")


def make_again(route: OssRoute) -> str:
    """Return the command that makes the rule as the template does."""
    given = {"FilterPattern": _mend({}, route.wanted), "EventTargets": [_target(route, {})]}
    return aliyun_command("eventbridge", "CreateRule", EventBusName=route.bus, RuleName=route.rule, **given)


def _judge_pattern(pattern: Mapping[str, Any], wanted: OssWanted) -> tuple[list[str], list[str]]:
    """Return what a pattern leaves out, and its fields that cannot be judged."""
    missing: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for kind in wanted.kinds:
        for prefix in wanted.prefixes:
            for place, answer in judge_fields(pattern, wanted.describe(kind, prefix)):
                if answer is False:
                    missing[_name(place, pattern, wanted, kind, prefix)] = None
                elif answer is None:
                    unknown[place] = None
    if set(wanted.kinds) <= missing.keys():
        return ["any change of an object", *(one for one in missing if one not in wanted.kinds)], list(unknown)
    return list(missing), list(unknown)


def _name(place: str, pattern: Mapping[str, Any], wanted: OssWanted, kind: str, prefix: str) -> str:
    """Return the words for the events that a field leaves out."""
    keys = f"all keys below {prefix}" if prefix else "all keys"
    match place:
        case "source":
            return "events of OSS"
        case "type" | "data.eventName":
            return kind
        case "subject":
            return keys if _names_bucket(pattern["subject"], wanted) else f"events of {wanted.bucket}"
        case "data.oss.object.key":
            return keys
    return f"events of {wanted.bucket}"  # data.oss.bucket.name: of the other fields nothing is known


def _names_bucket(conditions: Sequence[Any], wanted: OssWanted) -> bool:
    """Return whether one of the conditions on the subject takes some events of the bucket."""
    root = wanted.bucket_subject
    texts = (one.get("prefix") if isinstance(one, Mapping) else one for one in conditions)
    return any(text.startswith(root) or root.startswith(text) for text in texts if isinstance(text, str))


def _mend(pattern: Mapping[str, Any], wanted: OssWanted) -> dict[str, Any]:
    """Return the pattern with what the template writes. Conditions of other fields stay."""
    kinds = (*CREATED, *REMOVED, *REPLICATED, *RESTORED)
    subjects = [{"prefix": f"{wanted.bucket_subject}{prefix}"} for prefix in wanted.prefixes]
    mended = {**pattern, "source": [SOURCE], "type": [f"oss:{kind}" for kind in kinds], "subject": subjects}
    if _judge_pattern(mended, wanted)[0]:
        del mended["data"]  # the only other field that can leave something out
    return mended


def _is_queue(target: Mapping[str, Any], queue_arn: str) -> bool:
    found, own = _QUEUE.fullmatch(str(target.get("Endpoint"))), _QUEUE.fullmatch(queue_arn)
    is_same = found is not None and own is not None and found.groupdict() == own.groupdict()
    return is_same and target.get("Type") == QUEUE_TYPE


def _target(route: OssRoute, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target of the template. It keeps what a target has already, but for the parameters."""
    queue = route.queue_arn.rpartition("/")[2]
    values = [("queue", "CONSTANT", queue), ("Body", "ORIGINAL", ""), ("IsBase64Encode", "CONSTANT", "true")]
    parameters = [{"ResourceKey": key, "Form": form, "Value": value} for key, form, value in values]
    usual: dict[str, Any] = {"Id": "queue", "Type": QUEUE_TYPE, "Endpoint": route.queue_arn}
    usual |= {"PushRetryStrategy": "EXPONENTIAL_DECAY_RETRY", "ErrorsTolerance": "ALL"}
    if route.dead_letters:
        place = f"acs:mns:{route.wanted.region}:{route.wanted.account}"
        usual["DeadLetterQueue"] = {"Arn": f"{place}:/queues/{route.dead_letters}"}
    return {**usual, **given, "ParamList": parameters}


def _put_target(route: OssRoute, given: Mapping[str, Any]) -> str:
    named = {"EventBusName": route.bus, "RuleName": route.rule, "Targets": [_target(route, given)]}
    return aliyun_command("eventbridge", "PutTargets", **named)
